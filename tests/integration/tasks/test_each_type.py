"""What every type of task has to stand: death at any step, a double, cancel at any step, and retry from there.

A step lies between two crash points, the engine's or the type's own.
"""

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NamedTuple

import pytest
import redis
from msgspec.structs import replace

from deploy.local.servers.postgres import PostgresServer
from libs.compliance.catalogue import CATALOGUE
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.tasks.kinds import Task, TaskRef
from libs.tasks.context import TaskFailedError
from libs.tasks.runner import Runner
from libs.telemetry.process import crashpoints
from services.processor.types import bulk
from tests.integration.tasks.workplace.bench import Bench
from tests.integration.tasks.workplace.cases import CASES, FOUND, WORKS
from tests.integration.tasks.workplace.dock import QUICK, Dock
from tests.servers import cloned_database
from tests.waiting import wait_until
from tests.writing import open_desk

MOST_MORE = 2
"""Repeats of a step that are tried, of all that a type has."""
MOST_CERTAIN = 3

each_type = pytest.mark.parametrize("name", WORKS)


class KilledError(BaseException):
    """The processor dies here."""


class Step(NamedTuple):
    """A crash point, and the how-manieth time that a task comes there."""

    point: str
    time: int


class Steps:
    """Stands where the name of a crash point is compared, and so sees each that this thread comes to."""

    def __init__(self, at: Step | None = None, act: Callable[[], None] = lambda: None) -> None:
        self.seen: list[Step] = []
        self._times: Counter[str] = Counter()
        self._at, self._act = at, act
        self._thread = threading.get_ident()

    @property
    def came(self) -> bool:
        """Whether it came to where something was to happen."""
        return self._at in self.seen

    def __eq__(self, name: object) -> bool:
        if threading.get_ident() == self._thread:
            self._times[str(name)] += 1
            self.seen.append(Step(str(name), self._times[str(name)]))
            if self.seen[-1] == self._at:
                self._act()
        return False

    __hash__ = None  # type: ignore[assignment]


def die() -> None:
    raise KilledError


def fail() -> None:
    raise TaskFailedError("TASK_CRASHED")


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

        def look() -> Task | None:
            runner.handle(self.ref)
            self.shop.bench.now_due(self.ref)
            return task if (task := self.task).status.ended else None

        with self.case.beside(self.shop), self._monkeypatch.context() as patch:
            patch.setattr(crashpoints, "_name", steps or Steps())
            ended = wait_until(look, 60, f"{self.name} ends")
        assert ended
        return ended

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
        patch.setattr(bulk, "PAGE", 2)
        for code in CATALOGUE.keys() - FOUND:  # the others are steps like these
            patch.delitem(CATALOGUE, code)
        bench = Bench(url, uuid.uuid4())
        yield Dock(bench, desk, tmp_path_factory.mktemp("files"))
        bench.close()


@pytest.fixture
def trial(shop: Dock, monkeypatch: pytest.MonkeyPatch) -> Try:
    return lambda name: Trial(shop, name, monkeypatch)


def steps_of(trial: Try, name: str) -> list[Step]:
    """Some of the steps that an undisturbed run takes. How often a parked task looks again is left to chance."""
    steps = Steps()
    undisturbed = trial(name)
    task = undisturbed.run(steps=steps)
    assert task.status == "completed", task.error
    undisturbed.case.check(undisturbed.shop, task)
    certain = [step for step in steps.seen if step.time == 1]
    more = [step for step in steps.seen if step.time > 1 and step.point != "task.after_claim"]
    return [*certain, *more[:: max(1, -(-len(more) // MOST_MORE))]]


def require_most(came: list[bool]) -> None:
    """A step that is left to chance need not be come to again; most are."""
    assert sum(came) >= MOST_CERTAIN, came


def test_every_type_has_a_case() -> None:
    assert WORKS.keys() == CASES.keys()


@each_type
def test_a_processor_that_dies_at_any_step_costs_nothing(trial: Try, name: str) -> None:
    came = []
    for step in steps_of(trial, name):
        dying, steps = trial(name), Steps(step, die)
        with suppress(KilledError):
            dying.run(steps=steps)
        came.append(steps.came)
        dying.shop.bench.lease_runs_out(dying.ref)
        if dying.task.status.ended:
            dying.case.check(dying.shop, dying.task)
        else:
            dying.completes()
    require_most(came)


@each_type
def test_a_processor_that_wakes_too_late_changes_nothing(trial: Try, name: str) -> None:
    """It stands still at a step until another has taken the task over and ended it."""
    came = []
    for step in steps_of(trial, name):
        if step.point == "task.after_end":
            continue
        late = trial(name)
        ended: list[Task] = []

        def sleep(late: Trial = late, ended: list[Task] = ended) -> None:
            late.shop.bench.lease_runs_out(late.ref)
            ended.append(late.run())

        late.run(late.runner("late"), steps := Steps(step, sleep))
        came.append(steps.came)
        if steps.came:
            assert [late.task] == ended
        assert late.task.status == "completed"
        late.case.check(late.shop, late.task)
    require_most(came)


@each_type
def test_a_task_is_cancelled_at_any_step_and_goes_on_when_it_is_retried(trial: Try, name: str) -> None:
    cancels = 0
    for step in steps_of(trial, name):
        cancelled = trial(name)
        runner = cancelled.runner()

        def cancel(it: Trial = cancelled, runner: Runner = runner) -> None:
            it.shop.bench.cancel(it.ref)
            runner.extend_leases()

        task = cancelled.run(runner, Steps(step, cancel))
        if task.status == "completed":  # it had nothing left to do
            cancelled.case.check(cancelled.shop, task)
            continue
        cancels += 1
        assert (task.status, task.result) == ("cancelled", None)
        assert cancelled.shop.bench.retry(cancelled.ref)
        cancelled.completes()
    assert cancels


@each_type
def test_a_task_that_failed_at_any_step_is_retried_from_there(trial: Try, name: str) -> None:
    for step in steps_of(trial, name):
        if step.point in ("task.after_claim", "task.after_end"):  # no step of the type's own
            continue
        failed, steps = trial(name), Steps(step, fail)
        assert (failed.run(steps=steps).status == "failed") is steps.came
        if steps.came:
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
