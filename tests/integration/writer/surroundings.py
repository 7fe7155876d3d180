"""What a test of the writer as a process needs: stores of its own, and a writer on them.

Its fixture is named in the folder's conftest.
"""

import signal
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from deploy.local.servers.valkey import ValkeyServer
from libs.broker.factory import build_broker
from libs.broker.publisher import Publisher
from libs.contracts.chunks import ChunkRef
from libs.contracts.inventory.records import Record
from libs.contracts.jobs import NewJob
from libs.jobs.values import Timing
from tests.integration.service_process import ServiceProcess, Writer
from tests.writing import Desk, open_desk


@dataclass(frozen=True)
class Surroundings:
    """The stores of one test, and the settings of a writer on them."""

    desk: Desk
    publisher: Publisher
    settings: dict[str, object]

    def publish(self, tenant: uuid.UUID, records: Sequence[Record], **options: Any) -> tuple[NewJob, list[ChunkRef]]:
        """Open a job and tell the writers."""
        job, refs = self.desk.open(tenant, records, **options)
        self.publisher.publish(refs)
        return job, refs


@pytest.fixture
def around(database_url: str, valkey: ValkeyServer, redis_client: redis.Redis) -> Iterator[Surroundings]:
    """Stores of the test's own."""
    with open_desk(database_url, redis_client, timing=Timing()) as desk:
        publisher = Publisher(build_broker(redis_client, desk.namespace))
        settings = {"redis_url": valkey.url, "database_url": database_url, "namespace": desk.namespace}
        yield Surroundings(desk, publisher, settings)


@contextmanager
def running_writer(folder: Path, **settings: object) -> Iterator[Writer]:
    """A writer that is ready."""
    with Writer(folder, **settings) as writer:
        writer.wait_ready(writer.url)
        yield writer


def terminate(writer: ServiceProcess) -> int:
    writer.process.send_signal(signal.SIGTERM)
    return writer.process.wait(20)
