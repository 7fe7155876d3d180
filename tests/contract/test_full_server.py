"""The rule for `maxmemory`: twice the bound of what waits. Admission then refuses with room to spare, and writers, who
need memory too, settle everything that was let in. Where the rule is not kept, the server's memory is the bound."""

import secrets
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from deploy.local.data_dir.ports import free_port
from deploy.local.servers.valkey import ValkeyServer
from libs.contracts.jobs import JobStatus, NewJob, RecordCounts
from libs.contracts.refusals import Refusal
from libs.intake import admission
from libs.intake.admission import Admission
from libs.intake.settings import MIB, IntakeSettings
from libs.jobs.server.connection import connect
from libs.jobs.store import JobStore
from libs.jobs.values import ChunkBlob, Timing
from tests.contract.job_store.support.samples import audit, end, failed_job, idempotency, new_job, ref_of

BACKLOG = 3 * MIB
OUTCOME_BYTES = 400
"""What a writer leaves of a chunk: the errors of some of its records."""


@pytest.fixture
def small(tmp_path: Path) -> Iterator[redis.Redis]:
    """A server that a test can fill. It does not sync, which only takes time."""
    with (
        ValkeyServer(tmp_path / "valkey", free_port()) as server,
        closing(connect(server.url, durable=False)) as client,
    ):
        client.config_set("appendfsync", "no")
        yield client


def fill(store: JobStore, limits: IntakeSettings, payload: int) -> tuple[list[NewJob], str]:
    """Open jobs of many tenants until all are refused; the jobs, and why."""
    gate, jobs = Admission(store, limits), list[NewJob]()
    while True:
        tenant = uuid.uuid4()
        try:
            gate.check(tenant)
        except Refusal as refusal:
            return jobs, refusal.problem.code
        job = new_job(tenant, total=1)
        mark = idempotency("recipients", str(uuid.uuid4()), secrets.token_hex(32))
        store.open(job, [ChunkBlob(1, 0, secrets.token_bytes(payload), b"")], mark, audit(job))
        jobs.append(job)


def write_all(store: JobStore, jobs: list[NewJob]) -> Counter[str]:
    """Take, settle and end every job, as writers do; what the store said."""
    said: Counter[str] = Counter()
    for job in jobs:
        store.start(ref_of(job, 0))
        settled = store.settle(ref_of(job, 0), 0, RecordCounts(total=1, created=1), secrets.token_bytes(OUTCOME_BYTES))
        said[end(store, job, JobStatus.COMPLETED, RecordCounts(total=1, created=1))] += settled.first
    return said


@pytest.mark.parametrize(("times", "payload", "bound"), [
    (2, 100, "BACKLOG"), (2, 30_000, "BACKLOG"), (1, 30_000, "QUEUE_FULL"),
])  # fmt: skip
def test_what_is_let_in_can_be_settled(
    small: redis.Redis, monkeypatch: pytest.MonkeyPatch, times: int, payload: int, bound: str
) -> None:
    """One-record jobs, which cost most beside their payload, and large ones; `times` is `maxmemory` to the backlog."""
    monkeypatch.setattr(admission, "FRESH_S", 0.0)  # here a tenth of a second is much of the server's memory
    store = JobStore(small, "sluice", Timing(), waitaof=False)
    failed_job(store, uuid.uuid4(), [""])
    idle = small.info("memory")["used_memory"]  # next to nothing where a server is of a usual size
    small.config_set("maxmemory", idle + times * BACKLOG)

    jobs, why = fill(store, IntakeSettings(backlog_max_bytes=BACKLOG), payload)
    load = store.load()

    assert why == bound
    assert load.used_memory < 0.8 * load.max_memory
    assert write_all(store, jobs) == {"closed": len(jobs)}
    assert store.load().waiting == 0
