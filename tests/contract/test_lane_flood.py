"""One tenant floods a lane: another tenant's chunk, whatever its lane, waits for a window of the flood at most."""

import threading
import uuid

import pytest
import redis

from libs.broker.factory import build_broker
from libs.broker.publisher import Publisher
from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import Lane, RecordCounts
from libs.jobs.reading import Lease
from libs.jobs.store import JobStore
from libs.jobs.values import Timing
from tests.contract.broker.samples import working
from tests.contract.job_store.support.samples import open_job
from tests.waiting import wait_until

WINDOW, FLOOD_JOBS, FLOOD_CHUNKS = 16, 2, 40
MOST_FETCHED = 2
"""What the worker's one thread fetches of a lane ahead of the other's first."""


@pytest.mark.parametrize(("flooded", "modest"), [
    ("high", "high"), ("high", "normal"), ("high", "low"), ("normal", "normal"), ("normal", "low"), ("low", "low"),
])  # fmt: skip
def test_a_flood_of_one_tenant_is_no_wall_for_another(
    redis_client: redis.Redis, namespace: str, flooded: Lane, modest: Lane
) -> None:
    store = JobStore(redis_client, namespace, Timing(window_chunks=WINDOW), waitaof=False)
    broker, written = build_broker(redis_client, namespace), list[ChunkRef]()
    publisher, greedy, other = Publisher(broker), uuid.uuid4(), uuid.uuid4()
    begun, opened = threading.Event(), threading.Event()

    def write(ref: ChunkRef) -> None:
        """Everything but PostgreSQL."""
        lease = store.start(ref)
        assert isinstance(lease, Lease)
        begun.set()
        opened.wait(60)
        written.append(ref)
        publisher.publish(store.settle(ref, 0, RecordCounts(total=10, created=10), b"").refs)

    for _ in range(FLOOD_JOBS):
        publisher.publish(open_job(store, greedy, FLOOD_CHUNKS, lane=flooded)[1])
    with working(broker, write) as worker:
        wait_until(begun.is_set, 20, "the worker is at the flood")
        publisher.publish(open_job(store, other, lane=modest)[1])
        wait_until(lambda: modest == flooded or worker.work_queue.qsize() == MOST_FETCHED, 20, "it is fetched")
        opened.set()
        wait_until(lambda: any(ref.tenant_id == other for ref in written), 60, "the other tenant's chunk")

    ahead = next(place for place, ref in enumerate(written) if ref.tenant_id == other)
    assert ahead <= WINDOW + WINDOW // 8 + MOST_FETCHED
