"""Redis away: nothing is promised, whatever needs no Redis answers, and all goes on afterwards."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.local.data_dir.ports import free_port
from deploy.local.servers import valkey
from deploy.local.servers.valkey import ValkeyServer
from tests.integration.service_process import RECIPIENT, Ingest, Scanner, is_problem, nothing_here, running_ingest
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def redis_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    server = ValkeyServer(tmp_path_factory.mktemp("valkey-away"), free_port())
    server.start()
    yield server
    server.stop()


def test_nothing_is_promised_and_all_goes_on_afterwards(tmp_path: Path, redis_of_its_own: ValkeyServer) -> None:
    server = redis_of_its_own
    with running_ingest(tmp_path, redis_url=server.url, database_url=nothing_here()) as ingest:
        scanner = Scanner(ingest)
        accepted = scanner.post([RECIPIENT], background=True, key="k").json()
        server.stop()
        everything_says_503(scanner, accepted["job_url"])
        what_needs_no_redis_answers(ingest)
        server.start()
        wait_until(lambda: ingest.http.get("/readyz").status_code == 200, 10, "ingest is ready again")
        assert scanner.get(accepted["job_url"]).json()["status"] == "pending"
        again = scanner.post([RECIPIENT], background=True, key="k")
        assert (again.status_code, again.json()["job_id"]) == (202, accepted["job_id"])
        assert scanner.post([RECIPIENT], background=True).status_code == 202
        assert " 500" not in ingest.log
        assert '"unexpected_error"' not in ingest.log


def test_nothing_is_promised_on_another_redis_that_may_forget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has come to the address of the one that ingest began with."""
    server = ValkeyServer(tmp_path / "valkey", free_port())
    with server, running_ingest(tmp_path, redis_url=server.url, database_url=nothing_here()) as ingest:
        scanner = Scanner(ingest)
        assert scanner.post([RECIPIENT], background=True).status_code == 202
        server.stop()
        monkeypatch.setitem(valkey.SETTINGS, "appendfsync", "everysec")
        server.start()
        for answer in (
            scanner.post([RECIPIENT], background=True),
            scanner.post([RECIPIENT]),
            ingest.http.get("/readyz"),
        ):
            assert is_problem(answer, 503, "QUEUE_NOT_DURABLE")
        monkeypatch.setitem(valkey.SETTINGS, "appendfsync", "always")
        server.stop()
        server.start()
        wait_until(lambda: ingest.http.get("/readyz").status_code == 200, 10, "ingest is ready again")
        assert scanner.post([RECIPIENT], background=True).status_code == 202


def test_a_frozen_redis_costs_a_probe_and_a_scrape_a_second_each(
    tmp_path: Path, redis_of_its_own: ValkeyServer
) -> None:
    server = redis_of_its_own
    with running_ingest(tmp_path, redis_url=server.url, database_url=nothing_here()) as ingest:
        os.kill(server.pid, signal.SIGSTOP)
        try:
            with httpx.Client(trust_env=False, timeout=5) as http:  # Redis itself is waited for longer
                assert is_problem(http.get(f"{ingest.url}/readyz"), 503, "QUEUE_UNAVAILABLE")
                page = http.get(f"{ingest.metrics_url}/metrics").text
        finally:
            os.kill(server.pid, signal.SIGCONT)
        assert 'sluice_state_readable{store="redis"} 0.0' in page
        assert 'sluice_problems_total{code="QUEUE_UNAVAILABLE"} 1.0' in page
        wait_until(lambda: ingest.http.get("/readyz").status_code == 200, 20, "ingest is ready again")


def test_who_is_told_to_end_says_so_first_and_takes_what_comes_meanwhile(
    tmp_path: Path, redis_of_its_own: ValkeyServer
) -> None:
    settings = {"redis_url": redis_of_its_own.url, "database_url": nothing_here(), "ingest_notice_seconds": 3}
    with running_ingest(tmp_path, **settings) as ingest:
        ingest.process.send_signal(signal.SIGTERM)
        wait_until(lambda: ingest.http.get("/readyz").status_code == 503, 2, "ingest says that it drains")
        assert httpx.get(f"{ingest.metrics_url}/readyz", trust_env=False).status_code == 503
        assert Scanner(ingest).post([RECIPIENT], background=True).status_code == 202
        assert ingest.process.wait(30) == 0


def everything_says_503(scanner: Scanner, job_url: str) -> None:
    for answer in (
        scanner.post([RECIPIENT]),
        scanner.post([RECIPIENT], background=True),
        scanner.post([RECIPIENT], key="k"),
        scanner.post([{}], dry_run="true"),
        scanner.get("/api/v1/jobs"),
        *(scanner.get(job_url + tail) for tail in ("", "/progress", "/errors", "/rejects")),
        scanner.act(f"{job_url}/cancel"),
        scanner.act(f"{job_url}/retry"),
    ):
        assert is_problem(answer, 503, "QUEUE_UNAVAILABLE")


def what_needs_no_redis_answers(ingest: Ingest) -> None:
    for path in ("/livez", "/openapi.json", "/api/v1/limits"):
        assert ingest.http.get(path).status_code == 200
    assert is_problem(ingest.http.get("/readyz"), 503, "QUEUE_UNAVAILABLE")
    stranger = Scanner(ingest)
    stranger.headers = {}
    assert stranger.post([RECIPIENT]).status_code == 401
    assert stranger.get("/api/v1/nothing").status_code == 404
    page = httpx.get(f"{ingest.metrics_url}/metrics", trust_env=False).text
    assert 'sluice_state_readable{store="redis"} 0.0' in page
    assert "sluice_requests_total{" in page
