"""The engine, with a type made for it: leases, fencing, progress, cancel, retries, and what a death costs."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from libs.contracts.jobs import JobStatus
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import TaskRef
from libs.tasks.context import CancelledError, Context, TaskFailedError, TransientError
from libs.tasks.runner import MOST_CRASHES, MOST_STRIKES, Runner
from libs.tasks.store import MOST_AT_ONCE, LeaseLostError
from tests.integration.tasks.workplace.bench import At, Bench, Counted, Gate, count
from tests.waiting import wait_until


@contextmanager
def running(runner: Runner, ref: TaskRef, gate: Gate) -> Iterator[None]:
    """A task that stands at a gate, in a thread; the gate is opened at the end."""
    thread = threading.Thread(target=runner.handle, args=[ref])
    thread.start()
    try:
        assert gate.entered.wait(10)
        yield
    finally:
        gate.opened.set()
        thread.join(10)


def test_a_task_ends_with_its_result(bench: Bench) -> None:
    ref = bench.open(number=3)
    bench.runner().handle(ref)
    task = bench.task(ref)
    assert (task.status, task.result, task.progress, task.counters) == ("completed", {"number": 3}, 100, {"created": 3})
    assert bench.announced[-1] == ("completed", 100.0)
    assert bench.story(ref) == ["OPENED", "CLAIMED", "STAGE", "ENDED_COMPLETED"]


def test_a_second_message_runs_nothing(bench: Bench) -> None:
    ref = bench.open()
    runner = bench.runner()
    runner.handle(ref)
    before = bench.task(ref)
    runner.handle(ref)
    assert bench.task(ref) == before


def test_progress_never_runs_backwards_and_is_100_at_the_end_alone(bench: Bench) -> None:
    def back_and_forth(context: Context) -> Counted:
        for share in (0.5, 1.0, 0.1, 2.0):
            context.checkpoint("count", share, At(0))
        context.checkpoint("end", 5.0, At(0))
        return Counted(0)

    ref = bench.open()
    bench.runner(back_and_forth).handle(ref)
    percents = [percent for _, percent in bench.announced]
    assert percents == sorted(percents)
    assert max(percents[:-1]) < 100 == percents[-1]


def test_a_task_goes_on_from_its_checkpoint(bench: Bench) -> None:
    counted: list[int] = []

    def dies_at_two(context: Context) -> Counted:
        start = context.restored(At)
        for number in range(start.number if start else 0, 4):
            counted.append(number)
            if number == 2 and not start:
                raise OSError
            context.checkpoint("count", number / 4, At(number + 1))
        return Counted(4)

    ref = bench.open()
    runner = bench.runner(dies_at_two)
    runner.handle(ref)
    assert (bench.task(ref).status, bench.task(ref).error) == ("processing", "OSError")
    bench.now_due(ref)
    runner.handle(ref)
    assert bench.task(ref).status == "completed"
    assert counted == [0, 1, 2, 2, 3]


def test_who_was_thought_dead_writes_nothing(bench: Bench) -> None:
    """It wakes after its lease has run out and the task was run by another: its checkpoint and its end are refused."""
    late: list[type[BaseException]] = []

    def too_late(context: Context) -> Counted:
        try:
            context.checkpoint("count", 0.9, At(99))
        except LeaseLostError as error:
            late.append(type(error))
            raise
        return Counted(99)

    ref, gate = bench.open(number=2), Gate(too_late)
    with running(bench.runner(gate, name="slow"), ref, gate):
        bench.lease_runs_out(ref)
        bench.runner(count, name="other").handle(ref)
        assert bench.task(ref).status == "completed"
    assert late == [LeaseLostError]
    assert bench.task(ref).result == {"number": 2}
    assert bench.task(ref).checkpoint == {"number": 2}


def test_who_was_thought_dead_changes_nothing_that_another_runs(bench: Bench) -> None:
    ref = bench.open()
    late = bench.store("late").claim(ref)
    bench.lease_runs_out(ref)
    assert late
    assert bench.store("other").claim(ref)
    before, store = (bench.task(ref), bench.story(ref)), bench.store("late")
    acts: list[Callable[[], object]] = [
        lambda: store.note(late, "count", 50.0, checkpoint={"number": 9}),
        lambda: store.log(late, "STAGE", {}),
        lambda: store.end(late, JobStatus.COMPLETED, result={"number": 9}),
        lambda: store.put_off(late, 1.0, "OSError"),
        lambda: store.park(late, 1.0),
    ]
    for act in acts:
        with pytest.raises(LeaseLostError):
            act()
    assert store.extend([late]) == {}
    assert (bench.task(ref), bench.story(ref)) == before


def test_a_heartbeat_keeps_the_lease_and_hears_of_a_cancel(bench: Bench) -> None:
    def until_cancelled(context: Context) -> Counted:
        assert context.cancelled.wait(10)
        context.stop_if_cancelled()
        return Counted(0)

    ref, gate = bench.open(), Gate(until_cancelled)
    runner = bench.runner(gate)
    with running(runner, ref, gate):
        bench.lease_runs_out(ref)
        runner.extend_leases()
        bench.runner(count, name="other").handle(ref)  # finds it held
        assert bench.cancel(ref) == "processing"
        gate.opened.set()
        runner.extend_leases()
    assert bench.task(ref).status == "cancelled"
    assert bench.story(ref) == ["OPENED", "CLAIMED", "CANCEL_ASKED", "ENDED_CANCELLED"]


def test_a_task_that_nobody_runs_is_cancelled_at_once(bench: Bench) -> None:
    ref = bench.open()
    assert bench.cancel(ref) == "cancelled"
    bench.runner().handle(ref)
    assert bench.task(ref).attempts == 0
    assert bench.cancel(ref) is None


@pytest.mark.parametrize("error", [TransientError("STORE_AWAY"), psycopg.OperationalError(), ZeroDivisionError()])
def test_an_error_that_may_pass_is_tried_again_and_not_for_ever(bench: Bench, error: Exception) -> None:
    def fails(_: Context) -> Counted:
        raise error

    ref, runner = bench.open(), bench.runner(fails)
    for strikes in range(MOST_STRIKES):
        runner.handle(ref)
        assert (bench.task(ref).status, bench.task(ref).strikes) == ("processing", strikes + 1)
        bench.now_due(ref)
    runner.handle(ref)
    task = bench.task(ref)
    assert task.status == "failed"
    assert task.error in ("STORE_AWAY", "OperationalError", "ZeroDivisionError")


def test_a_checkpoint_forgives(bench: Bench) -> None:
    """A long task over a poor network meets more than three errors in its life, and gets on all the same."""

    def gets_on(context: Context) -> Counted:
        start = context.restored(At)
        number = start.number if start else 0
        if number == MOST_STRIKES * 2:
            return Counted(number)
        context.checkpoint("count", 0.1, At(number + 1))
        raise TransientError("STORE_AWAY")

    ref, runner = bench.open(), bench.runner(gets_on)
    for _ in range(MOST_STRIKES * 2 + 1):
        runner.handle(ref)
        bench.now_due(ref)
    assert bench.task(ref).status == "completed"


def test_the_same_checkpoint_forgives_nothing(bench: Bench) -> None:
    """A task that comes as far each time and no farther has to end."""

    def stands_still(context: Context) -> Counted:
        context.checkpoint("count", 0.5, At(1))
        raise TransientError("STORE_AWAY")

    ref, runner = bench.open(), bench.runner(stands_still)
    for _ in range(MOST_STRIKES + 1):
        runner.handle(ref)
        bench.now_due(ref)
    assert (bench.task(ref).status, bench.task(ref).error) == ("failed", "STORE_AWAY")
    assert bench.retry(ref) == "normal"
    bench.runner(count).handle(ref)
    assert bench.task(ref).status == "completed"


def test_what_cannot_be_done_fails_at_once_and_is_retried_by_hand(bench: Bench) -> None:
    def fails(context: Context) -> Counted:
        if context.task.retries:
            return count(context)
        raise TaskFailedError("FILE_GONE", name="x")

    ref, runner = bench.open(number=2), bench.runner(fails)
    runner.handle(ref)
    assert (bench.task(ref).status, bench.task(ref).error) == ("failed", "FILE_GONE")
    assert bench.retry(ref) == "normal"
    runner.handle(ref)
    assert bench.task(ref).status == "completed"
    before, after = ["OPENED", "CLAIMED", "ENDED_FAILED", "RETRY_ASKED"], ["CLAIMED", "STAGE", "ENDED_COMPLETED"]
    assert bench.story(ref) == before + after
    assert bench.retry(ref) is None


def test_a_task_that_kills_its_processors_fails(bench: Bench) -> None:
    ref = bench.open()
    for _ in range(MOST_CRASHES + 1):
        assert bench.store().claim(ref) is not None
        bench.lease_runs_out(ref)
    bench.runner().handle(ref)
    assert (bench.task(ref).status, bench.task(ref).error) == ("failed", "TASK_CRASHED")


@pytest.mark.parametrize(("further", "status"), [(0, "failed"), (1, "completed")])
def test_a_task_that_kills_its_processors_at_the_same_place_fails(bench: Bench, further: int, status: str) -> None:
    ref = bench.open(number=MOST_CRASHES * 3)
    for number in range(MOST_CRASHES + 2):
        lease = bench.store().claim(ref)
        assert lease
        bench.store().note(lease, "count", 50.0, checkpoint={"number": 1 + number * further})
        bench.lease_runs_out(ref)
    bench.runner().handle(ref)
    assert bench.task(ref).status == status


def test_a_parked_task_gives_its_thread_back_and_is_the_same_attempt_later(bench: Bench) -> None:
    def waits_once(context: Context) -> Counted:
        if context.task.checkpoint is None:
            context.checkpoint("count", 0.5, At(1))
            context.park(30.0)
        return Counted(context.task.attempts)

    ref, runner = bench.open(), bench.runner(waits_once)
    runner.handle(ref)
    parked = bench.task(ref)
    assert (parked.status, parked.strikes, parked.error) == ("processing", 0, None)
    runner.handle(ref)
    assert bench.task(ref).status == "processing"
    bench.now_due(ref)
    runner.handle(ref)
    assert bench.task(ref).result == {"number": 1}
    assert bench.story(ref) == ["OPENED", "CLAIMED", "STAGE", "ENDED_COMPLETED"]


def test_a_parked_task_is_published_when_its_time_has_come(bench: Bench) -> None:
    ref = bench.open()
    bench.runner(lambda context: context.park(0.2)).handle(ref)
    assert bench.store().claim_due(10) == []
    assert wait_until(lambda: bench.store().claim_due(10), 2, "its time has come") == [ref]


def test_a_parked_task_that_is_cancelled_ends_by_its_own_hand(bench: Bench) -> None:
    """Without a place of its tenant, and without a message: its type cleans up, and is not begun anew."""
    cleaned: list[bool] = []

    def waits(context: Context) -> Counted:
        try:
            context.progress("count", 0.5)
        except CancelledError:
            cleaned.append(True)
            raise
        context.park(3600.0)
        return Counted(0)

    ref, runner = bench.open(), bench.runner(waits)
    runner.handle(ref)
    assert [bench.store().claim(bench.open()) is None for _ in range(MOST_AT_ONCE)] == [False] * MOST_AT_ONCE
    assert bench.cancel(ref) == "processing"
    runner.end_cancelled()
    assert (bench.task(ref).status, cleaned) == ("cancelled", [True])


def test_a_processor_that_leaves_gives_its_tasks_back_at_their_next_step(bench: Bench) -> None:
    def steps(context: Context) -> Counted:
        context.checkpoint("count", 0.5, At(1))
        return Counted(-1)

    ref, gate = bench.open(number=2), Gate(steps)
    leaving = bench.runner(gate)
    with running(leaving, ref, gate):
        leaving.leave()
    task = bench.task(ref)
    assert (task.status, task.checkpoint, task.strikes, task.crashes) == ("processing", {"number": 1}, 0, 0)
    leaving.handle(ref)
    assert bench.task(ref) == task
    assert bench.store().claim_due(10) == [ref]
    bench.runner(name="other").handle(ref)
    assert bench.task(ref).result == {"number": 2}
    assert "HANDED_BACK" in bench.story(ref)


@pytest.mark.parametrize(("code", "status"), [("BUSY", "processing"), ("TASK_PARAMETERS", "failed")])
def test_what_a_request_is_refused_for_ends_a_task_unless_it_may_pass(bench: Bench, code: str, status: str) -> None:
    def refused(_: Context) -> Counted:
        raise Refusal(code, reason="en", reason_vi="vi")

    ref = bench.open()
    bench.runner(refused).handle(ref)
    assert (bench.task(ref).status, bench.task(ref).error) == (status, code)


def test_a_tenant_runs_a_few_tasks_at_once_and_others_run_theirs(bench: Bench) -> None:
    refs = [bench.open() for _ in range(MOST_AT_ONCE + 1)]
    leases = [bench.store().claim(ref) for ref in refs]
    assert [lease is None for lease in leases] == [False] * MOST_AT_ONCE + [True]
    assert leases[0]
    bench.store().end(leases[0], JobStatus.FAILED)
    assert bench.store().claim(refs[-1]) is not None


def test_the_sweeper_finds_what_is_due(bench: Bench) -> None:
    lost, dead, later = bench.open(), bench.open(), bench.open()
    assert bench.store().claim(dead)
    bench.long_published()
    bench.lease_runs_out(dead)
    bench.sql.execute("UPDATE work.task SET not_before = now() + interval '1h' WHERE task_id = %s", [later.task_id])
    assert {ref.task_id for ref in bench.store().claim_due(10)} == {lost.task_id, dead.task_id}
    assert bench.store().claim_due(10) == []


def test_the_sweeper_leaves_out_whose_tenant_has_no_room(bench: Bench, tenant: uuid.UUID) -> None:
    """Else those who wait behind a full tenant would stand before everybody's lost messages."""
    running = [bench.open() for _ in range(MOST_AT_ONCE)]
    assert all(bench.store().claim(ref) for ref in running)
    for _ in range(3):
        bench.open()
    other = bench.open(tenant=uuid.uuid4())
    bench.long_published()
    assert bench.store().claim_due(1) == [other]
    assert bench.store().claim_due(10) == []


def test_the_same_key_is_the_same_task_and_another_request_is_refused(bench: Bench) -> None:
    first = bench.open(key="k", number=1)
    assert bench.open(key="k", number=1) == first
    with pytest.raises(Refusal, match="IDEMPOTENCY_MISMATCH"):
        bench.open(key="k", number=2)
    assert bench.sql.execute("SELECT count(*) AS n FROM work.task").fetchone() == {"n": 1}


def test_a_type_that_nobody_knows_fails(bench: Bench) -> None:
    ref = bench.open("unheard-of")
    bench.runner().handle(ref)
    assert (bench.task(ref).status, bench.task(ref).error) == (JobStatus.FAILED, "TASK_TYPE_UNKNOWN")
