"""Tasks of a paused lane: none begins, none is published, those to be cancelled end; afterwards all go on."""

from libs.broker.factory import build_broker
from libs.broker.publisher import Publisher
from libs.contracts.jobs import JobStatus
from libs.contracts.queues import LANES, TASK_WEIGHTS
from libs.jobs.store import JobStore
from libs.tasks.runner import Runner
from services.processor.promises.lanes import LaneWatch
from services.processor.promises.sweeper import sweep
from tests.contract.job_store.test_lanes import pause, resume
from tests.integration.tasks.workplace.bench import COUNT, Bench, Gate, count


def watching(bench: Bench, store: JobStore) -> tuple[LaneWatch, Runner, Publisher]:
    """A processor's parts, which know of lanes."""
    broker = build_broker(store.client, store.keys.namespace, TASK_WEIGHTS)
    lanes = LaneWatch(store, bench.store(), broker)
    runner = Runner(bench.store(), {COUNT.name: (COUNT, count)}, lambda *_: None, lanes.stands_still)
    return lanes, runner, Publisher(broker)


def test_nothing_of_a_paused_lane_begins(bench: Bench, store: JobStore) -> None:
    lanes, runner, publisher = watching(bench, store)
    ref = bench.open()
    pause(store)
    lanes.look_at_pauses()
    assert set(lanes.going) == set(LANES) - {"normal"}
    runner.handle(ref)
    assert bench.task(ref).status is JobStatus.PENDING
    bench.long_published()
    assert sweep(bench.store(), publisher, runner, 3, lanes.going) == 0
    resume(store)
    lanes.look_at_pauses()
    assert sweep(bench.store(), publisher, runner, 3, lanes.going) == 1
    runner.handle(ref)
    assert bench.task(ref).status is JobStatus.COMPLETED


def test_what_runs_ends(bench: Bench, store: JobStore) -> None:
    lanes, _, _ = watching(bench, store)
    gate, ref = Gate(), bench.open()
    gate.opened.set()
    runner = Runner(bench.store(), {COUNT.name: (COUNT, gate)}, lambda *_: pause_once(), lanes.stands_still)

    def pause_once() -> None:
        """As soon as it runs."""
        if not store.paused():
            pause(store)
            lanes.look_at_pauses()

    runner.handle(ref)
    assert store.paused()
    assert bench.task(ref).status is JobStatus.COMPLETED


def test_what_is_cancelled_ends_all_the_same(bench: Bench, store: JobStore) -> None:
    lanes, runner, _ = watching(bench, store)
    ref = bench.open()
    bench.store().claim(ref)
    bench.lease_runs_out(ref)
    bench.cancel(ref)
    pause(store)
    lanes.look_at_pauses()
    runner.end_cancelled()
    assert bench.task(ref).status is JobStatus.CANCELLED


def test_what_waits_in_each_lane_is_told(bench: Bench, store: JobStore) -> None:
    lanes, _, publisher = watching(bench, store)
    assert lanes.waiting == {}
    ref = bench.open()
    publisher.publish([ref])
    lanes.look_at_work()
    work = lanes.waiting["normal"]
    assert (work.open, work.queued, work.exact) == (1, 1, True)
    assert work.oldest_seconds >= 0
    assert lanes.waiting["high"].open == 0
