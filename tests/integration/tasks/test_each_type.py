"""What every type of task has to stand: death at any step, a double, cancel at any step, and retry from there.

A step lies between two crash points, the engine's or the type's own.
"""

import threading
import uuid
from collections.abc import Callable, Iterator

import pytest
import redis
from msgspec.structs import replace

from deploy.local.servers.postgres import PostgresServer
from libs.contracts.records import ENTITIES
from libs.contracts.tasks.kinds import Task, TaskRef
from libs.tasks.context import TaskFailedError
from libs.tasks.runner import Runner
from libs.telemetry import crashpoints
from tests.integration.tasks.bench import Bench
from tests.integration.tasks.cases import CASES, WORKS
from tests.integration.tasks.dock import QUICK, Dock
from tests.writing import cloned_database, open_desk

MOST_STEPS = 6
"""Steps that are tried of a type, of all that it has; the first and the last among them."""
MOST_RUNS = 500
END = ("task.before_end", "task.after_end")

each_type = pytest.mark.parametrize("name", WORKS)


class KilledError(BaseException):
    """The processor dies here."""


class Steps:
    """Stands where the name of a crash point is compared, and so sees each that this thread comes to."""

    def __init__(self, act: Callable[[str, int], None] = lambda *_: None) -> None:
        self.names: list[str] = []
        self._act = act
        self._thread = threading.get_ident()

    def __eq__(self, name: object) -> bool:
        if threading.get_ident() == self._thread:
            self.names.append(str(name))
            self._act(str(name), len(self.names))
        return False

    __hash__ = None  # type: ignore[assignment]


class Trial:
    """One task of a type, for a tenant of its own."""

    def __init__(self, shop: Dock, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        shop.bench.move(uuid.uuid4())
        self._monkeypatch = monkeypatch
        self.shop, self.name, self.case = shop, name, CASES[name]
        self.ref: TaskRef = shop.bench.open(name, **self.case.ask(shop))

    @property
    def task(self) -> Task:
        return self.shop.bench.task(self.ref)

    def runner(self, name: str = "processor-1") -> Runner:
        kind, work = WORKS[self.name]
        return self.shop.bench.runner(lambda context: work(context, self.shop.tools), kind, name=name)

    def run(self, runner: Runner | None = None, steps: Steps | None = None) -> Task:
        """Run it, as often as it parks, until it ends or the processor dies."""
        runner = runner or self.runner("another")
        with self.case.beside(self.shop), self._monkeypatch.context() as patch:
            patch.setattr(crashpoints, "_name", steps or Steps())
            for _ in range(MOST_RUNS):
                runner.handle(self.ref)
                if (task := self.task).status.ended:
                    return task
                self.shop.bench.now_due(self.ref)
        raise AssertionError(f"{self.name} has not ended")

    def completes(self) -> None:
        """It goes on from where it is to the same end as ever."""
        task = self.run()
        assert (task.status, task.progress, task.error) == ("completed", 100, None)
        self.case.check(self.shop, task)


Try = Callable[[str], Trial]


@pytest.fixture(scope="module")
def shop(
    postgres: PostgresServer, template: str, redis_client: redis.Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Dock]:
    """One for all: each trial is another tenant's."""
    with (
        pytest.MonkeyPatch.context() as patch,
        cloned_database(postgres.url, template) as url,
        open_desk(url, redis_client, timing=QUICK) as desk,
    ):
        for name, entity in list(ENTITIES.items()):
            patch.setitem(ENTITIES, name, replace(entity, max_records=50))  # so that a load has several segments
        bench = Bench(url, uuid.uuid4())
        yield Dock(bench, desk, tmp_path_factory.mktemp("files"))
        bench.close()


@pytest.fixture
def trial(shop: Dock, monkeypatch: pytest.MonkeyPatch) -> Try:
    return lambda name: Trial(shop, name, monkeypatch)


def steps_of(trial: Try, name: str) -> list[tuple[int, str]]:
    """Some of the steps that a run without any disturbance takes, by their number."""
    steps = Steps()
    undisturbed = trial(name)
    task = undisturbed.run(steps=steps)
    assert task.status == "completed", task.error
    undisturbed.case.check(undisturbed.shop, task)
    numbered = list(enumerate(steps.names, 1))
    every = max(1, -(-len(numbered) // MOST_STEPS))
    return [*numbered[:-1:every], numbered[-1]]


def test_every_type_has_a_case() -> None:
    assert WORKS.keys() == CASES.keys()


@each_type
def test_a_processor_that_dies_at_any_step_costs_nothing(trial: Try, name: str) -> None:
    for number, _ in steps_of(trial, name):

        def die(_: str, visits: int, number: int = number) -> None:
            if visits == number:
                raise KilledError

        dying = trial(name)
        with pytest.raises(KilledError):
            dying.run(steps=Steps(die))
        dying.shop.bench.lease_runs_out(dying.ref)
        if dying.task.status.ended:
            dying.case.check(dying.shop, dying.task)
        else:
            dying.completes()


@each_type
def test_a_processor_that_wakes_too_late_changes_nothing(trial: Try, name: str) -> None:
    """It stands still at a step until another has taken the task over and ended it."""
    for number, point in steps_of(trial, name):
        if point == "task.after_end":
            continue
        late = trial(name)
        ended: list[Task] = []

        def sleep(_: str, visits: int, late: Trial = late, number: int = number, ended: list[Task] = ended) -> None:
            if visits == number:
                late.shop.bench.lease_runs_out(late.ref)
                ended.append(late.run())

        steps = Steps(sleep)
        late.run(late.runner("late"), steps)
        assert [late.task] == ended
        assert late.task.status == "completed"
        late.case.check(late.shop, late.task)


@each_type
def test_a_task_is_cancelled_at_any_step_and_goes_on_when_it_is_retried(trial: Try, name: str) -> None:
    for number, point in steps_of(trial, name):
        cancelled = trial(name)
        runner = cancelled.runner()

        def cancel(_: str, visits: int, it: Trial = cancelled, runner: Runner = runner, number: int = number) -> None:
            if visits == number:
                it.shop.bench.cancel(it.ref)
                runner.extend_leases()

        task = cancelled.run(runner, Steps(cancel))
        if point in END or task.status == "completed":  # it had nothing left to do
            cancelled.case.check(cancelled.shop, task)
            continue
        assert (task.status, task.result) == ("cancelled", None)
        assert cancelled.shop.bench.retry(cancelled.ref)
        cancelled.completes()


@each_type
def test_a_task_that_failed_at_any_step_is_retried_from_there(trial: Try, name: str) -> None:
    for number, point in steps_of(trial, name):
        if point in ("task.after_claim", "task.after_end"):  # no step of the type's own
            continue
        failed = trial(name)

        def fail(_: str, visits: int, number: int = number) -> None:
            if visits == number:
                raise TaskFailedError("TASK_CRASHED")

        assert failed.run(steps=Steps(fail)).status == "failed"
        assert failed.shop.bench.retry(failed.ref)
        failed.completes()


@each_type
def test_what_people_see_only_ever_grows(trial: Try, name: str) -> None:
    watched = trial(name)
    watched.shop.bench.announced.clear()
    watched.completes()
    percents = [percent for _, percent in watched.shop.bench.announced]
    assert percents == sorted(percents)
    assert max(percents[:-1]) < 100 == percents[-1]
    assert [status for status, _ in watched.shop.bench.announced] == ["processing"] * (len(percents) - 1) + [
        "completed"
    ]
    story = watched.shop.bench.story(watched.ref)
    assert (story[0], story[-1]) == ("OPENED", "ENDED_COMPLETED")
    assert story.count("CLAIMED") == 1
