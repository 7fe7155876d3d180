"""A writer's half of the broker for tests: a worker that only notes what it is given."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import dramatiq

from libs.broker.factory import LaneBroker
from libs.broker.publisher import message_of
from libs.broker.turns import build_worker
from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import Lane
from services.writer.actors import declare_actors

IDLE_MS = 50
STOP_MS = 5_000


def some_ref(number: int = 0, lane: Lane = "normal") -> ChunkRef:
    return ChunkRef(uuid.uuid4(), uuid.uuid4(), number, lane)


def some_refs(count: int, lane: Lane = "normal") -> list[ChunkRef]:
    return [some_ref(number, lane) for number in range(count)]


def enqueue_silently(broker: LaneBroker, ref: ChunkRef) -> None:
    """As a publisher does, but without a ring."""
    broker.enqueue(message_of(ref))


def enqueue_raw(broker: LaneBroker, lane: Lane, data: bytes) -> None:
    """Put any bytes into a lane where a message should be."""
    broker.do_enqueue(lane, str(uuid.uuid4()), data)


@contextmanager
def working(broker: LaneBroker, handle: Callable[[ChunkRef], Any], *, threads: int = 1) -> Iterator[dramatiq.Worker]:
    """A worker with the writer's actors."""
    declare_actors(broker, handle)
    worker = build_worker(broker, threads, worker_timeout=IDLE_MS)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop(timeout=STOP_MS)


def all_alive(worker: dramatiq.Worker) -> bool:
    """Whether every thread that fetches or works still runs."""
    return all(thread.is_alive() for thread in (*worker.consumers.values(), *worker.workers))
