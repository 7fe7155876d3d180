"""More connections than a store allows: whoever gets none waits or says so, and all goes on by itself."""

from pathlib import Path

import httpx
import pytest

from tests.integration.between.login import Login
from tests.integration.between.services import Services, ends_of, started, task_done
from tests.integration.service_process import Scanner, is_problem, several
from tests.waiting import wait_until

POSTGRES_SAYS = "too many connections for role"
REDIS_SAYS = "max number of clients reached"
MANY = 10_000


def accepted(scanner: Scanner) -> list[str]:
    """Batches that ingest has taken."""
    answers = [scanner.post(several(5), background=True) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202] * 3, answers[0].text
    return [answer.json()["job_id"] for answer in answers]


def all_is_well(scanner: Scanner, jobs: list[str]) -> None:
    for job in jobs:
        ended = ends_of(scanner, f"/api/v1/jobs/{job}")
        assert (ended["status"], ended["records"]["created"]) == ("completed", 5), ended
    wait_until(lambda: scanner.get("/api/v1/inventory/recipients").status_code == 200, 30, "reads are answered")
    assert task_done(scanner)["status"] == "completed"


def beyond_the_limit_of_postgresql(tmp_path: Path, login: Login, services: Services, scanner: Scanner) -> None:
    login.alter("CONNECTION LIMIT 0")
    login.end_sessions()
    jobs = accepted(scanner)
    assert is_problem(scanner.get("/api/v1/inventory/recipients"), 503, "DATABASE_UNAVAILABLE")
    assert is_problem(scanner.act("/api/v1/jobs/rules"), 503, "DATABASE_UNAVAILABLE")
    for name, service in services.running.items():
        wait_until(lambda service=service: POSTGRES_SAYS in service.log, 20, f"{name} says why")
    with started(tmp_path, "writer", **login.settings) as another:
        another.wait_ready()
        assert POSTGRES_SAYS in another.log()
    login.alter("CONNECTION LIMIT -1")
    all_is_well(scanner, jobs)


def beyond_the_limit_of_redis(tmp_path: Path, login: Login, services: Services, scanner: Scanner) -> None:
    jobs = accepted(scanner)
    login.valkey.config_set("maxclients", 1)  # which is the administrator
    login.end_connections()
    assert is_problem(scanner.post(several(5), background=True), 503, "QUEUE_UNAVAILABLE")
    ingest, writer = services.running["ingest"], services.running["writer"]
    assert scanner.get("/readyz").status_code == 503
    assert httpx.get(f"{writer.url}/readyz", trust_env=False).status_code == 503
    for service in (ingest, writer):
        wait_until(lambda service=service: REDIS_SAYS in service.log, 20, "it says why")
    with started(tmp_path, "writer", **login.settings) as another:
        assert another.running["writer"].process.wait(20) == 1
        assert REDIS_SAYS in another.log()
        assert "Traceback" not in another.log()
    login.valkey.config_set("maxclients", MANY)
    wait_until(lambda: scanner.get("/readyz").status_code == 200, 20, "ingest is ready again")
    all_is_well(scanner, jobs)


@pytest.mark.slow
@pytest.mark.parametrize("beyond", [beyond_the_limit_of_postgresql, beyond_the_limit_of_redis])
def test_whoever_gets_no_connection_waits_and_goes_on(tmp_path: Path, login: Login, beyond: object) -> None:
    with started(tmp_path, "writer", "ingest", "processor", **login.settings) as services:
        services.wait_ready()
        scanner = services.scanner()
        all_is_well(scanner, accepted(scanner))
        assert callable(beyond)
        beyond(tmp_path, login, services, scanner)
        assert services.log().count("unexpected_error") == 0
