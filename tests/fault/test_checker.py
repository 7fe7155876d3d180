"""Who checks the checker: each thing that must not happen is done to a good run, and the checker must say so."""

import dataclasses
from collections.abc import Iterator

import pytest

from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from tests.fault.checking.case import Case
from tests.fault.checking.checker import check
from tests.fault.checking.deeds import DEEDS, FILE_DEEDS
from tests.fault.checking.files.file_case import FileCase
from tests.fault.checking.files.file_history import FileHistory, Told
from tests.fault.checking.files.file_rules import check_files
from tests.fault.checking.files.stored_files import StoredFiles
from tests.fault.checking.history import Answer, History
from tests.fault.checking.stored import Connection, Stored, snapshot
from tests.fault.running.couriers.courier import Couriers
from tests.fault.running.couriers.files import Files
from tests.fault.running.place import CHUNK_RECORDS
from tests.fault.running.scanners.workload import Workload
from tests.fault.running.site import site
from tests.fault.running.trial import Trial, trial

BATCHES = 25
FILES = 3


@pytest.fixture(scope="module")
def run(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, template: str, valkey: ValkeyServer
) -> Iterator[Trial]:
    """A good run, over."""
    root = tmp_path_factory.mktemp("checker")
    workload = Workload.of("the checker", scanners=1, waiting=False)
    files = Files(workload, couriers=1, plain=True, sizes=(12, 40), long_rows=(1, 3))
    with (
        site(root, postgres.url, template, valkey.url) as here,
        here.writer("writer"),
        here.processor("processor"),
        trial(here.place, workload, root / "history", here.logs, files=files) as run,
    ):
        for number in range(BATCHES):
            assert run.fleet.post(0, number).acknowledged
        for _ in range(FILES):
            couriers(run).each[0].begin()
        yield run


@pytest.fixture(scope="module")
def history(run: Trial) -> History:
    """What its scanner was told."""
    return run.converge()


def couriers(run: Trial) -> Couriers:
    """Those who bring its files."""
    assert run.couriers
    return run.couriers


@pytest.fixture(scope="module")
def told(run: Trial, history: History) -> FileHistory:
    """What its courier was told; `history` is there once all files are loaded."""
    return FileHistory.read(couriers(run).directory)


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


def violated_by_files(run: Trial, told: FileHistory, database: Connection) -> set[str]:
    """The rules about files that are violated."""
    stored, kept = Stored.read(database, run.workload), StoredFiles.read(database, run.workload.tenants)
    return {each.partition(":")[0] for each in check_files(FileCase(couriers(run).files, told, stored, kept))}


@pytest.mark.parametrize("name", FILE_DEEDS)
def test_a_deed_to_a_file_is_seen(run: Trial, history: History, told: FileHistory, name: str) -> None:
    deed = FILE_DEEDS[name]
    with snapshot(run.place.database_url) as database:
        assert violated_by_files(run, told, database) == set()
        assert database.execute(deed.statement).rowcount > 0
        assert violated(run, history, database) | violated_by_files(run, told, database) >= deed.rules


@pytest.mark.parametrize(
    ("call", "changes", "rule"),
    [
        ("send", {"offset": 1 << 40}, "offsets_are_never_taken_back"),
        ("whole", {"offset": 0}, "offsets_are_never_taken_back"),
        ("whole", {"sha256": "0" * 64}, "files_are_what_was_brought"),
        ("content", {"sha256": "0" * 64}, "files_are_what_was_brought"),
        ("rejects", {"sha256": "0" * 64}, "rejects_come_back_as_they_came"),
        ("load", {"job": "01890000-0000-7000-8000-000000000000"}, "loads_are_as_many_as_promised"),
        ("watch", {"status": 500, "code": "INTERNAL"}, "answers_about_files_are_expected"),
        ("load", {"status": 409, "code": "FILE_IN_USE"}, "answers_about_files_are_expected"),
    ],
)
def test_a_lie_to_a_courier_is_seen(
    run: Trial, told: FileHistory, call: str, changes: dict[str, object], rule: str
) -> None:
    lied = FileHistory({file: [changed_for(call, each, changes) for each in all_] for file, all_ in told.told.items()})
    with snapshot(run.place.database_url) as database:
        assert rule in violated_by_files(run, lied, database)


def changed_for(call: str, told: Told, changes: dict[str, object]) -> Told:
    """What was told, or a lie in its place where it is an answer to this call."""
    return dataclasses.replace(told, **changes) if told.call == call else told  # type: ignore[arg-type]
