"""What waits is taken along: each message once, in its lane's turn, acknowledged when it is done."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import dramatiq
import pytest
import redis

from libs.broker.company import FEW, MANY, MOST_RECORDS, RESTS, Company
from libs.broker.factory import LaneBroker, build_broker
from libs.broker.publisher import Publisher
from libs.broker.turns import Turns, build_worker
from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import Lane
from libs.contracts.queues import LANES, dramatiq_namespace
from services.writer.actors import declare_actors
from tests.contract.broker.samples import IDLE_MS, STOP_MS, enqueue_raw, some_ref, some_refs
from tests.waiting import wait_until


class Hand:
    """One thread, which stands still at a gate and then takes along what it may."""

    def __init__(self, broker: LaneBroker) -> None:
        self.broker = broker
        self.gate, self.opened = some_ref(0, "low"), threading.Event()
        declare_actors(broker, self.handle)
        self.worker = build_worker(broker, 1, worker_timeout=IDLE_MS)
        self.company = Company(self.worker, broker)
        self.taken: list[list[int]] = []
        self.lanes: list[Lane] = []
        self.apart: set[int] = set()
        self.records = [10]
        """Of those that went together."""
        self.unacknowledged: list[int] = []
        self.rest: Callable[[], object] = lambda: None
        """What the thread does after each."""

    def handle(self, ref: ChunkRef) -> None:
        if ref == self.gate:
            self.opened.wait(10)
            return
        items = self.company.take(ref.lane)
        numbers = [item.message.args[2] for item in items]
        begun = [item for item in items if item.message.args[2] not in self.apart]
        self.company.give_back(ref.lane, [item for item in items if item not in begun])
        self.taken.append([ref.chunk_no, *(number for number in numbers if number not in self.apart)])
        self.lanes += [ref.lane] * len(self.taken[-1])
        self.company.learn(ref.lane, self.records)
        self.unacknowledged.append(unacknowledged(self.broker, ref.lane))
        self.company.done(ref.lane, begun)
        self.rest()

    def all_of(self, refs: list[ChunkRef]) -> bool:
        return sorted(number for some in self.taken for number in some) == sorted(ref.chunk_no for ref in refs)


def unacknowledged(broker: LaneBroker, lane: Lane) -> int:
    return int(broker.client.scard(f"{broker.namespace}:__acks__.{broker.broker_id}.{lane}"))


@contextmanager
def standing(redis_client: redis.Redis, namespace: str, *refs: ChunkRef) -> Iterator[Hand]:
    """A worker at its gate, with messages behind it."""
    hand = Hand(build_broker(redis_client, namespace))
    publisher = Publisher(hand.broker)
    hand.worker.start()
    try:
        publisher.publish([hand.gate])
        wait_until(
            lambda: hand.worker.work_queue.unfinished_tasks and not hand.worker.work_queue.qsize(), 3, "the gate"
        )
        publisher.publish(refs)
        yield hand
    finally:
        hand.opened.set()
        hand.worker.stop(timeout=STOP_MS)


def fetched(worker: dramatiq.Worker) -> int:
    return worker.work_queue.qsize()


def test_who_finds_others_takes_more_and_more_of_them(redis_client: redis.Redis, namespace: str) -> None:
    refs = some_refs(5 * MANY)
    with standing(redis_client, namespace, *refs) as hand:
        wait_until(lambda: fetched(hand.worker) == FEW, 3, "as many are fetched as ever")
        hand.opened.set()
        wait_until(lambda: hand.all_of(refs), 5, "all of them")
        wait_until(lambda: not unacknowledged(hand.broker, "normal"), 5, "all are acknowledged")

    assert [number for some in hand.taken for number in some] == list(range(len(refs)))
    assert len(hand.taken[0]) == FEW
    assert max(map(len, hand.taken)) > 2 * FEW
    assert max(map(len, hand.taken)) <= MANY
    # While they are done, none of them is.
    assert all(count >= len(some) for count, some in zip(hand.unacknowledged, hand.taken, strict=True))
    assert redis_client.hlen(f"{dramatiq_namespace(namespace)}:normal.msgs") == 0


def test_who_is_alone_takes_nobody_along(redis_client: redis.Redis, namespace: str) -> None:
    with standing(redis_client, namespace) as hand:
        hand.opened.set()
        for ref in some_refs(3):
            Publisher(hand.broker).publish([ref])
            wait_until(lambda ref=ref: [ref.chunk_no] in hand.taken, 3, "it alone")  # type: ignore[misc]


def test_where_some_do_not_go_together_few_are_taken_along(redis_client: redis.Redis, namespace: str) -> None:
    refs = some_refs(60)
    with standing(redis_client, namespace, *refs) as hand:
        hand.records = []
        hand.opened.set()
        wait_until(lambda: hand.all_of(refs), 5, "all of them")
    assert max(map(len, hand.taken)) <= FEW


def test_of_those_with_many_records_fewer_are_taken_along(redis_client: redis.Redis, namespace: str) -> None:
    refs = some_refs(60)
    with standing(redis_client, namespace, *refs) as hand:
        hand.records = [MOST_RECORDS // 4] * 3
        hand.opened.set()
        wait_until(lambda: hand.all_of(refs), 5, "all of them")
    assert max(map(len, hand.taken)) == 4


def test_after_one_that_goes_alone_some_others_do(redis_client: redis.Redis, namespace: str) -> None:
    refs = some_refs(20)
    with standing(redis_client, namespace, *refs) as hand:
        hand.company.rest("normal")
        hand.opened.set()
        wait_until(lambda: hand.all_of(refs), 5, "all of them")
    sizes = list(map(len, hand.taken))
    assert sizes[:RESTS] == [1] * RESTS
    assert sizes[RESTS] > 1


def test_what_is_given_back_is_next_and_in_its_order(redis_client: redis.Redis, namespace: str) -> None:
    refs = some_refs(60)
    with standing(redis_client, namespace, *refs) as hand:
        hand.apart = {number for number in range(60) if number % 3 == 2}
        hand.opened.set()
        wait_until(lambda: hand.all_of(refs), 5, "all of them")
        wait_until(lambda: not unacknowledged(hand.broker, "normal"), 5, "all are acknowledged")
    begun = [some[0] for some in hand.taken]
    assert [number for number in begun if number in hand.apart] == sorted(hand.apart)


def test_what_is_taken_along_has_had_its_turn(redis_client: redis.Redis, namespace: str) -> None:
    refs = [ref for lane in LANES for ref in some_refs(100, lane)]
    with standing(redis_client, namespace, *refs) as hand:

        def each_waits() -> bool:
            """A lane that is slow to fetch would lose turns by that."""
            return all(hand.worker.work_queue._fetched[lane] or hand.lanes.count(lane) == 100 for lane in LANES)

        def learn(lane: Lane, records: Sequence[int]) -> None:
            """Messages of the lane that has the fewest turns alone turn out to go together."""
            Company.learn(hand.company, lane, records if lane == "low" else [])

        hand.company.learn = learn  # type: ignore[method-assign]
        hand.rest = lambda: wait_until(each_waits, 3, "some of each lane are fetched")
        hand.rest()
        hand.opened.set()
        wait_until(lambda: len(hand.lanes) == len(refs), 5, "all of them")
    assert [hand.lanes[:170].count(lane) for lane in LANES] == pytest.approx([97, 49, 24], abs=MANY)


def test_no_end_of_a_job_and_no_poison_is_taken_along(redis_client: redis.Redis, namespace: str) -> None:
    with standing(redis_client, namespace, some_ref(1)) as hand:
        enqueue_raw(hand.broker, "normal", b"no message")
        Publisher(hand.broker).publish([some_ref(2), some_ref(-1), some_ref(3)])
        hand.opened.set()
        wait_until(lambda: hand.all_of([some_ref(number) for number in (1, 2, -1, 3)]), 3, "all but the poison")
        wait_until(lambda: unacknowledged(hand.broker, "normal") == 1, 5, "all others are acknowledged")
    assert not any(-1 in some[1:] for some in hand.taken)


def test_what_a_worker_has_not_begun_when_it_stops_waits_for_others(redis_client: redis.Redis, namespace: str) -> None:
    with standing(redis_client, namespace, *some_refs(20)) as hand:
        wait_until(lambda: fetched(hand.worker) == FEW, 3, "some are fetched")
        for thread in hand.worker.workers:
            thread.stop()
    assert hand.taken == []
    assert (hand.broker.depths()["normal"], unacknowledged(hand.broker, "normal")) == (20, 0)


@pytest.mark.parametrize("lost", ["script", "nothing"])
def test_a_server_that_lost_the_script_is_told_all_the_same(
    redis_client: redis.Redis, namespace: str, lost: str
) -> None:
    refs = some_refs(2)
    with standing(redis_client, namespace, *refs) as hand:
        wait_until(lambda: fetched(hand.worker) == FEW, 3, "they are fetched")
        handle = hand.company.take

        def take(lane: Lane) -> list[Any]:
            items = handle(lane)
            if lost == "script":
                redis_client.script_flush()
            return items

        hand.company.take = take  # type: ignore[method-assign]
        hand.opened.set()
        wait_until(lambda: hand.all_of(refs), 5, "both")
        wait_until(lambda: not unacknowledged(hand.broker, "normal"), 5, "both are acknowledged")


def test_giving_back_leaves_turns_as_they_were() -> None:
    class Item:
        def __init__(self, lane: str, number: int) -> None:
            self.message = type("Message", (), {"queue_name": lane, "number": number})

    def order(turns: Turns) -> list[tuple[str, int]]:
        items = [turns.get(timeout=1) for _ in range(turns.qsize())]
        return [(item.message.queue_name, item.message.number) for item in items]

    one, other = Turns({"a": 2, "b": 1}), Turns({"a": 2, "b": 1})
    for turns in (one, other):
        for number in range(4):
            turns.put(Item("a", number))
            turns.put(Item("b", number))
        turns.get(timeout=1)
    one.give_back("a", one.take_along("a", 10, lambda _: True))
    assert order(one) == order(other)
