"""Who checks the checker: each thing that must not happen is done to a good run, and the checker must say so."""

import dataclasses
from collections.abc import Iterator

import pytest

from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from tests.fault.checking.case import Case
from tests.fault.checking.checker import check
from tests.fault.checking.deeds import DEEDS
from tests.fault.checking.history import Answer, History
from tests.fault.checking.stored import Connection, Stored, snapshot
from tests.fault.running.place import CHUNK_RECORDS
from tests.fault.running.site import site
from tests.fault.running.trial import Trial, trial
from tests.fault.running.workload import Workload

BATCHES = 25


@pytest.fixture(scope="module")
def run(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, template: str, valkey: ValkeyServer
) -> Iterator[Trial]:
    """A good run, over."""
    root = tmp_path_factory.mktemp("checker")
    workload = Workload.of("the checker", scanners=1, waiting=False)
    with (
        site(root, postgres.url, template, valkey.url) as here,
        here.writer("writer"),
        trial(here.place, workload, root / "history", here.logs) as run,
    ):
        for number in range(BATCHES):
            assert run.fleet.post(0, number).acknowledged
        yield run


@pytest.fixture(scope="module")
def history(run: Trial) -> History:
    """What its scanner was told."""
    return run.converge()


def violated(run: Trial, history: History, database: Connection) -> set[str]:
    """The rules that are violated."""
    case = Case(run.workload, history, Stored.read(database, run.workload), CHUNK_RECORDS)
    return {violation.partition(":")[0] for violation in check(case)}


def test_a_good_run_is_good(run: Trial, history: History) -> None:
    run.verify(history)
    assert run.figures["acknowledged"] >= BATCHES


@pytest.mark.parametrize("name", DEEDS)
def test_a_deed_in_the_database_is_seen(run: Trial, history: History, name: str) -> None:
    deed = DEEDS[name]
    with snapshot(run.place.database_url) as database:
        assert violated(run, history, database) == set()
        assert database.execute(deed.statement).rowcount > 0
        assert violated(run, history, database) >= deed.rules


def changed(history: History, batch: str, **changes: object) -> History:
    """The history with another answer for one batch."""
    answers = {**history.answers, batch: [dataclasses.replace(history.answers[batch][0], **changes)]}  # type: ignore[arg-type]
    return History(answers)


def inserted(run: Trial, history: History) -> Answer:
    """The answer to an insert of several records."""
    return next(
        answer
        for answer in history.acknowledged()
        if run.workload.find(answer.batch).mode == "insert" and answer.status == 202 and len(answer.ids) > 1
    )


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"job": "01890000-0000-7000-8000-000000000000"}, "jobs_are_as_many_as_promised"),
        ({"status": 503, "job": "", "code": "BACKLOG"}, "jobs_are_as_many_as_promised"),
        ({"status": 500, "job": "", "code": "INTERNAL"}, "answers_are_expected"),
        ({"ids": ("01890000-0000-7000-8000-000000000000",)}, "announced_ids_are_stored"),
    ],
)
def test_a_lie_to_a_scanner_is_seen(run: Trial, history: History, changes: dict[str, object], rule: str) -> None:
    told = changed(history, inserted(run, history).batch, **changes)
    with snapshot(run.place.database_url) as database:
        assert rule in violated(run, told, database)
