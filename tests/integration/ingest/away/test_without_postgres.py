"""PostgreSQL away: batches are taken and live jobs answer; what only PostgreSQL holds is a 503, never a 500."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import msgspec
import pytest
import redis

from deploy.local.servers.valkey import ValkeyServer
from libs.contracts.chunks import Outcome
from libs.contracts.jobs import JobStatus, RecordCounts
from libs.jobs.payload import pack_outcome
from libs.jobs.reading import Lease
from libs.jobs.store import JobStore
from libs.jobs.values import Timing
from tests.integration.service_process import RECIPIENT, Ingest, Scanner, is_problem, nothing_here, running_ingest
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def namespace() -> str:
    return f"away-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def ingest(tmp_path_factory: pytest.TempPathFactory, valkey: ValkeyServer, namespace: str) -> Iterator[Ingest]:
    folder = tmp_path_factory.mktemp("away")
    with running_ingest(
        folder, redis_url=valkey.url, namespace=namespace, database_url=nothing_here(), grace_ms=100
    ) as running:
        yield running


@pytest.fixture
def scanner(ingest: Ingest) -> Scanner:
    return Scanner(ingest)


@pytest.fixture
def live(redis_client: redis.Redis, namespace: str) -> JobStore:
    """The store that ingest uses."""
    return JobStore(redis_client, namespace, Timing(grace_ms=100))


def post(scanner: Scanner, records: list[Any]) -> dict[str, Any]:
    answer = scanner.post(records, background=True)
    assert answer.status_code == 202, answer.text
    accepted: dict[str, Any] = answer.json()
    return accepted


def test_a_batch_is_taken_and_its_job_answers(scanner: Scanner) -> None:
    accepted = post(scanner, [RECIPIENT, {**RECIPIENT, "name_vi": ""}])
    url = accepted["job_url"]
    job = scanner.get(url).json()
    assert (job["status"], job["records"]["total"]) == ("pending", 2)
    assert scanner.get(f"{url}/progress").json()["progress"] == 0.0
    errors = scanner.get(f"{url}/errors").json()["errors"]
    assert [(error["index"], error["code"]) for error in errors] == [(1, "REQUIRED")]
    for accept in ("text/csv", "application/x-ndjson"):
        assert "REQUIRED" in scanner.get(f"{url}/errors", Accept=accept).text
    assert b'"name_vi": ""' in scanner.get(f"{url}/rejects").content.replace(b'":"', b'": "')
    assert scanner.act(f"{url}/retry").json()["code"] == "JOB_STATE"
    assert scanner.act(f"{url}/cancel").status_code == 202


def test_open_jobs_are_listed(scanner: Scanner) -> None:
    made = [post(scanner, [RECIPIENT])["job_id"] for _ in range(3)]
    first = scanner.get("/api/v1/jobs?status=pending&limit=2").json()
    rest = scanner.get(f"/api/v1/jobs?status=pending&limit=2&page_token={first['next_page_token']}").json()
    assert [job["id"] for job in first["jobs"] + rest["jobs"]] == made[::-1]
    assert rest["next_page_token"] is None
    assert scanner.get("/api/v1/jobs?status=processing").json() == {"jobs": [], "next_page_token": None}


def test_a_batch_that_is_waited_for_is_accepted_when_the_wait_is_over(scanner: Scanner) -> None:
    scanner.headers["Prefer"] = "wait=1"
    answer = scanner.post([RECIPIENT], key="k")
    assert answer.status_code == 202
    again = scanner.post([RECIPIENT], key="k")
    assert (again.status_code, again.headers["idempotent-replayed"]) == (202, "true")
    assert again.json()["recipient_ids"] == answer.json()["recipient_ids"]


def test_what_only_postgres_holds_is_a_503_in_time(ingest: Ingest, scanner: Scanner, live: JobStore) -> None:
    """Asked at once, because each answer takes as long as a connection is waited for."""
    finished = finish_one(scanner, live)
    forgotten = finish_one(scanner, live)
    live.client.delete(*live.client.scan_iter(f"{live.keys.prefix}:{scanner.tenant}:job:{forgotten}*"))
    assert scanner.get(f"/api/v1/jobs/{finished}").json()["status"] == "completed"
    assert scanner.get(f"/api/v1/jobs/{finished}/progress").status_code == 200
    calls: list[Callable[[], httpx.Response]] = [
        lambda: scanner.get("/api/v1/jobs"),
        lambda: scanner.get("/api/v1/jobs?status=completed&limit=1"),
        *(lambda name=name: scanner.get(f"/api/v1/jobs/{finished}/{name}") for name in ("errors", "rejects")),
        *(
            lambda tail=tail, job=job: scanner.get(f"/api/v1/jobs/{job}{tail}")
            for job in (forgotten, uuid.uuid4())
            for tail in ("", "/progress", "/errors", "/rejects")
        ),
        *(lambda name=name: scanner.act(f"/api/v1/jobs/{forgotten}/{name}") for name in ("cancel", "retry")),
        lambda: scanner.get(f"/api/v1/jobs/{finished}/errors", Accept="text/csv"),
        *(
            lambda tail=tail: scanner.get(f"/api/v1/files{tail}")
            for tail in ("", f"/{finished}", f"/{finished}/content")
        ),
    ]
    with ThreadPoolExecutor(len(calls)) as pool:
        answers = list(pool.map(lambda call: call(), calls))
    for answer in answers:
        assert is_problem(answer, 503, "DATABASE_UNAVAILABLE")
        assert answer.elapsed.total_seconds() < 10

    def told() -> list[str]:
        return [line for line in ingest.log.splitlines() if "postgres_unavailable" in line]

    wait_until(lambda: len(told()) >= len(calls), 10, "each is logged")
    said = [msgspec.json.decode(line) for line in told()]
    assert all(line["level"] == "warning" and line["error"] for line in said)
    assert "Traceback" not in ingest.log


def test_an_ingest_without_a_storage_takes_no_files(ingest: Ingest, scanner: Scanner) -> None:
    answer = ingest.http.post("/api/v1/files", files={"file": b"x"}, headers=scanner.headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "FILES_OFF")


def finish_one(scanner: Scanner, live: JobStore) -> uuid.UUID:
    """A job that has ended with one record written, as a writer would have settled it."""
    accepted = post(scanner, [RECIPIENT])
    job_id = uuid.UUID(accepted["job_id"])

    def due() -> list[Any]:
        return [ref for ref in live.claim_due(100) if ref.job_id == job_id]

    (ref,) = wait_until(due, 10, "the chunk is overdue")
    lease = live.start(ref)
    assert isinstance(lease, Lease)
    counts = RecordCounts(total=1, created=1)
    settled = live.settle(ref, lease.generation, counts, pack_outcome(Outcome(lease.job.epoch_ms)))
    assert settled.finished
    live.close(ref, lease.generation, JobStatus.COMPLETED, counts)
    return job_id


def test_a_process_that_cannot_reach_it_is_ready_nevertheless(ingest: Ingest) -> None:
    assert ingest.http.get("/readyz").status_code == 200
    assert ingest.http.get("/livez").status_code == 200
    assert httpx.get(f"{ingest.metrics_url}/readyz", trust_env=False).status_code == 200
