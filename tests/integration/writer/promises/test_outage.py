"""PostgreSQL goes away and comes back: nothing is lost, nothing is written twice, and it takes seconds."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from deploy.local.data_dir.ports import free_port
from deploy.local.servers.postgres import PostgresServer
from libs.broker.factory import build_broker
from libs.broker.publisher import Publisher
from libs.contracts.jobs import JobStatus, NewJob
from libs.database.migrations import migrate
from libs.jobs.values import Timing
from services.writer.promises.closing import JobCloser
from services.writer.promises.delivery import Delivery
from tests.servers import available
from tests.waiting import wait_until
from tests.writing import Desk, open_desk, recipient

MOST_RECOVERY_S = 10.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PostgresServer]:
    """A migrated PostgreSQL that the test may stop."""
    with PostgresServer(tmp_path, free_port()) as server:
        migrate(server.url)
        yield server


def test_what_waits_is_written_soon_after_postgresql_is_back(
    server: PostgresServer, redis_client: redis.Redis, tenant: uuid.UUID
) -> None:
    timing = Timing(grace_ms=200, lease_ms=60_000)
    with open_desk(server.url, redis_client, timing=timing, timeout_s=0.3) as desk:
        publisher = Publisher(build_broker(redis_client, f"outage-{uuid.uuid4().hex}"))
        delivery = Delivery(desk.store, publisher, desk.writer, JobCloser(desk.store, desk.pool))

        def deliver_what_is_due() -> None:
            for ref in desk.store.claim_due(100):
                delivery.handle(ref)

        job, refs = desk.open(tenant, [recipient() for _ in range(8)], chunk=2)
        for ref in refs[:2]:
            delivery.handle(ref)

        server.stop()
        assert not available(desk.pool)
        for ref in refs[2:]:
            delivery.handle(ref)
        put_off = desk.store.job(tenant, job.id)
        assert put_off
        assert (put_off.chunks.deferred, put_off.chunks.settled, put_off.last_error) == (2, 2, "PoolTimeout")
        wait_until(lambda: deliver_what_is_due() or attempts(desk, job) >= 8, 20, "two more rounds in vain")

        server.start()
        back = time.monotonic()
        wait_until(lambda: deliver_what_is_due() or desk.ended(job), MOST_RECOVERY_S, "the end of the job")
        assert time.monotonic() - back < MOST_RECOVERY_S
        ended = desk.ended(job)
        assert ended
        assert (ended.status, ended.records.created, ended.records.failed) == (JobStatus.COMPLETED, 8, 0)
        assert len(desk.rows("inventory.recipient", tenant)) == 8
        assert [row["state"] for row in desk.rows("ingest.chunk", tenant)] == ["written"] * 4


def attempts(desk: Desk, job: NewJob) -> int:
    """How often the job's chunks have been tried."""
    found = desk.store.job(job.tenant_id, job.id)
    return found.attempts if found else 0
