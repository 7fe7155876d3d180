"""All that a writer process has, but its threads: a test delivers, sweeps and lets time pass by itself.

Its fixtures are named in the folder's conftest.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
import redis
from psycopg_pool import ConnectionPool

from deploy.local.servers.postgres import PostgresServer
from libs.broker.factory import build_broker
from libs.broker.publisher import Publisher
from libs.contracts.chunks import ChunkRef
from libs.contracts.inventory.records import Record
from libs.contracts.jobs import Job, NewJob
from libs.jobs.values import Timing
from services.writer.promises.closing import JobCloser
from services.writer.promises.delivery import Delivery
from services.writer.promises.sweeper import sweep
from tests.contract.job_store.support.view import StoreView
from tests.servers import cloned_database
from tests.writing import FAIL_AT_FIRST, Desk, address_of, writers_pool

LASTING = Timing(window_chunks=100, grace_ms=60_000, longest_grace_ms=120_000, lease_ms=60_000)
AT_THE_TABLE = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'inventory.recipient'::regclass"


@dataclass(frozen=True)
class Works:
    """A desk with all that a writer process has, but its threads."""

    desk: Desk
    publisher: Publisher
    delivery: Delivery
    view: StoreView

    @property
    def depth(self) -> int:
        """Messages in the lanes."""
        return sum(self.publisher._broker.depths().values())

    def open(self, tenant: uuid.UUID, records: Sequence[Record], **options: Any) -> tuple[NewJob, list[ChunkRef]]:
        return self.desk.open(tenant, records, **options)

    def job(self, job: NewJob) -> Job:
        found = self.desk.store.job(job.tenant_id, job.id)
        assert found
        return found

    def handle(self, *refs: ChunkRef) -> None:
        for ref in refs:
            self.delivery.handle(ref)

    def crash_and_take_over(self, ref: ChunkRef) -> None:
        """The holder of the lease is dead, the sweeper finds the chunk, another writer gets the message."""
        self.view.expire_lease(ref)
        assert sweep(self.desk.store, self.publisher) == 1
        self.handle(ref)

    def retry_now(self, ref: ChunkRef) -> None:
        """The time until which the chunk was put off has come."""
        self.view.reach_retry(ref)
        self.handle(ref)


def works_at(desk: Desk) -> Works:
    """All that a writer process has, at this desk."""
    publisher = Publisher(build_broker(desk.store.client, f"works-{uuid.uuid4().hex}"))
    delivery = Delivery(desk.store, publisher, desk.writer, JobCloser(desk.store, desk.pool))
    return Works(desk, publisher, delivery, StoreView(desk.store))


@pytest.fixture(scope="module")
def works_pool(postgres: PostgresServer, template: str) -> Iterator[ConnectionPool]:
    """A writer's connections to a database of the module's own, in which a recipient may ask for an error."""
    with cloned_database(postgres.url, template) as url:
        with psycopg.connect(url) as connection:
            connection.execute(FAIL_AT_FIRST)
        with writers_pool(url) as pool:
            yield pool


@pytest.fixture
def works(works_pool: ConnectionPool, redis_client: redis.Redis) -> Works:
    """All that a writer process has, with a job store of the test's own, whose messages and leases last."""
    desk = Desk(address_of(works_pool), redis_client, works_pool, LASTING)
    desk.run("SELECT setval('tries', 1, false)")
    return works_at(desk)


def counted(job: Job) -> dict[str, int]:
    """A job's counters that are not zero, its total apart."""
    names = ("created", "updated", "unchanged", "rejected", "failed", "cancelled", "pending")
    return {name: value for name in names if (value := getattr(job.records, name))}
