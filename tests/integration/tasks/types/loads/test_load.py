"""A load: every row of a file becomes a record or a reject, once, whatever happens on the way."""

import gzip
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import redis

from libs.contracts.tasks.kinds import TaskRef
from libs.contracts.texts.problems import PROBLEMS
from libs.contracts.texts.tasks import told
from libs.files.readers.segments import Segment
from libs.files.records import READER, RecordFile
from libs.jobs.events import Events
from libs.tasks.runner import MOST_STRIKES
from services.processor.loading.parts import MOST_OPEN
from services.processor.promises.late import LateBatches
from tests.integration.tasks.workplace.dock import HEADER, Dock, csv_of
from tests.waiting import wait_until
from tests.writing import Written, recipient


def test_every_row_becomes_a_record(dock: Dock) -> None:
    task = dock.load(csv_of(250))
    assert (task.status, task.error, task.progress) == ("completed", None, 100)
    assert dock.names() == Counter(f"r-{n}" for n in range(250))
    result = task.result or {}
    assert (result["segments"], result["records"]["created"], result["records"]["total"]) == (3, 250, 250)
    assert [(each["first_row"], each["rows"], each["records"]["created"]) for each in result["by_segment"]] == [
        (0, 100, 100),
        (100, 100, 100),
        (200, 50, 50),
    ]
    assert task.counters["created"] == 250
    assert task.counters["pending"] == 0


def test_a_bad_row_costs_itself_alone(dock: Dock) -> None:
    rows = ["a,A,processor", 'b,"B,processor', "c,C", "d,D,friend", "e,,processor", "f,F,processor"]
    task = dock.load("\n".join([HEADER, *rows]).encode())
    assert (task.status, task.counters["created"], task.counters["rejected"]) == ("completed", 2, 4)
    assert dock.names() == Counter(["a", "f"])


NUL = f"{HEADER}\na,A\0,processor\nb,B,processor\n".encode()
NUL_IN_JSON = b"".join(
    b'{"external_id":"%s","name_vi":"%s","recipient_type":"processor"}\n' % pair
    for pair in ((b"a", rb"A\u0000"), (b"b", b"B"))
)


@pytest.mark.parametrize("data", [NUL, NUL_IN_JSON])
def test_a_row_with_a_nul_costs_itself_alone(dock: Dock, data: bytes) -> None:
    task = dock.load(data)
    assert (task.status, task.counters["created"], task.counters["rejected"]) == ("completed", 1, 1)
    assert dock.names() == Counter(["b"])


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_load_of_bad_rows_alone_fails_as_a_job_does(dock: Dock, dry_run: bool) -> None:
    task = dock.load(f"{HEADER}\na,,processor\nb,B\n".encode(), dry_run=dry_run)
    assert (task.status, task.error, task.counters["rejected"]) == ("failed", "NO_ROW_LOADED", 2)


def test_a_dry_run_says_the_same_and_writes_nothing(dock: Dock) -> None:
    task = dock.load(csv_of(120) + b"x,,processor\n", dry_run=True)
    assert (task.status, task.counters["created"], task.counters["rejected"]) == ("completed", 120, 1)
    assert dock.names() == Counter()


def test_a_file_without_rows_is_loaded(dock: Dock) -> None:
    task = dock.load(f"{HEADER}\n".encode())
    assert (task.status, (task.result or {})["records"]["total"]) == ("completed", 0)


def test_a_load_goes_on_with_the_mapping_that_it_began_with(dock: Dock) -> None:
    """A newer version changes nothing, and neither does its approval."""
    header = "Mã,Tên,Loại"
    data = csv_of(250).replace(HEADER.encode(), header.encode())
    mapping = dock.mapping(header.split(","), ["external_id", "name_vi", "recipient_type"])
    ref = dock.open(dock.file(data), mapping_id=str(mapping))
    with dock.dying_at("load.after_segment"):
        dock.runner().handle(ref)
    dock.change(mapping, ["external_id", "name_en", "name_vi"])
    dock.go_on(ref)
    task = dock.bench.task(ref)
    assert (task.status, (task.result or {})["mapping_version"]) == ("completed", 2)
    assert {row["name_en"] for row in dock.desk.rows("inventory.recipient", dock.bench.tenant)} == {None}


COLUMNS = ["external_id", "name_vi", "recipient_type"]


@pytest.mark.parametrize(
    ("targets", "how", "error"),
    [
        (COLUMNS, {"approve": False}, "MAPPING_NOT_APPROVED"),
        (COLUMNS, {"entity": "data-categories"}, "MAPPING_ENTITY"),
        (COLUMNS, {"tenant": uuid.uuid4()}, "MAPPING_NOT_FOUND"),
        (["external_id", "name_vi", None], {}, "MAPPING_INCOMPLETE"),
        (COLUMNS, {"names": ["external_id", "other", "recipient_type"]}, "MAPPING_OTHER_COLUMNS"),
        ([*COLUMNS, "contact"], {"names": [*HEADER.split(","), "more"]}, "MAPPING_OTHER_COLUMNS"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(
    dock: Dock, targets: list[str | None], how: dict[str, Any], error: str
) -> None:
    mapping = dock.mapping(how.pop("names", HEADER.split(",")), targets, **how)
    task = dock.load(csv_of(3), mapping_id=str(mapping))
    assert (task.status, task.error) == ("failed", error)
    assert error in dock.bench.story(TaskRef(task.tenant_id, task.task_id, "normal")) or error in PROBLEMS


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"external_id,name,recipient_type\na,A,processor\n", "MAPPING_NEEDED"),
        (b"external_id,name_vi,name_vi,recipient_type\na,A,B,processor\n", "MAPPING_NEEDED"),
        (b"external_id,name_vi\na,A\n", "MAPPING_INCOMPLETE"),
        (b"", "FILE_EMPTY"),
        (gzip.compress(csv_of(1_000))[:-20], "FILE_CUT_SHORT"),
    ],
)
def test_a_file_that_cannot_be_loaded_says_why(dock: Dock, data: bytes, error: str) -> None:
    task = dock.load(data)
    assert (task.status, task.error) == ("failed", error)


def test_a_file_that_is_not_there_says_so(dock: Dock) -> None:
    ref = dock.open(uuid.uuid4())
    dock.runner().handle(ref)
    assert (dock.bench.task(ref).status, dock.bench.task(ref).error) == ("failed", "FILE_NOT_FOUND")


def test_a_file_that_changes_on_the_way_is_not_gone_on_with(dock: Dock) -> None:
    file = dock.file(csv_of(250))
    ref = dock.open(file)
    with dock.dying_at("load.after_segment"):
        dock.runner().handle(ref)
    dock.bench.sql.execute("UPDATE work.file SET sha256 = %s WHERE file_id = %s", ["0" * 64, file])
    dock.go_on(ref)
    assert (dock.bench.task(ref).status, dock.bench.task(ref).error) == ("failed", "FILE_CHANGED")


def test_bytes_that_change_in_the_storage_are_not_loaded(dock: Dock, tmp_path: Path) -> None:
    ref = dock.open(dock.file(csv_of(10)))
    (part,) = (path for path in tmp_path.rglob("files/**/*") if path.is_file())
    part.write_bytes(part.read_bytes().replace(b"r-1", b"r-x"))
    dock.runner().handle(ref)
    assert (dock.bench.task(ref).status, dock.bench.task(ref).error) == ("failed", "FILE_DAMAGED")


def test_a_storage_that_is_away_is_waited_for(dock: Dock, tmp_path: Path) -> None:
    """It is no fault of the file; whoever looks is told in both languages."""
    folder = tmp_path / "files"
    ref = dock.open(dock.file(csv_of(250)))
    with dock.dying_at("load.after_segment"):
        dock.runner().handle(ref)
    folder.rename(tmp_path / "aside")
    folder.mkdir()
    dock.bench.lease_runs_out(ref)
    for strikes in (1, 2):
        dock.bench.now_due(ref)
        dock.runner().handle(ref)
        task = dock.bench.task(ref)
        assert (task.status, task.error, task.strikes) == ("processing", "STORAGE_UNAVAILABLE", strikes)
    said, said_vi = told(str(task.error), {})
    assert said in told("PUT_OFF", {"error": task.error, "seconds": 5})[0]
    assert said_vi != said
    folder.rmdir()
    (tmp_path / "aside").rename(folder)
    dock.go_on(ref)
    assert dock.bench.task(ref).status == "completed"
    assert dock.names() == Counter(f"r-{n}" for n in range(250))


def test_a_load_of_another_reader_is_not_gone_on_with(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = dock.open(dock.file(csv_of(250)))
    with dock.dying_at("load.after_segment"):
        dock.runner().handle(ref)
    monkeypatch.setattr("services.processor.loading.opening.READER", READER + 1)
    dock.go_on(ref)
    assert (dock.bench.task(ref).status, dock.bench.task(ref).error) == ("failed", "READER_CHANGED")


def test_few_batches_are_open_at_once(dock: Dock) -> None:
    ref = dock.open(dock.file(csv_of(1_200)))
    with dock.running(ref):
        wait_until(lambda: len(dock.open_jobs()) == MOST_OPEN, 20, "so many are open")
        with dock.writing():
            wait_until(lambda: dock.bench.task(ref).status == "completed", 30, "the end")
    assert dock.names() == Counter(f"r-{n}" for n in range(1_200))


def test_a_full_backlog_is_waited_for(dock: Dock) -> None:
    dock.limit_backlog(1)
    dock.desk.open(dock.bench.tenant, [recipient()])
    ref = dock.open(dock.file(csv_of(30)))
    with dock.running(ref):
        wait_until(lambda: "BACKLOG" in dock.bench.story(ref), 20, "it waits")
        assert dock.segments(ref) == []
        with dock.writing():
            wait_until(lambda: dock.bench.task(ref).status == "completed", 30, "the end")
    assert dock.names() == Counter([None, *(f"r-{n}" for n in range(30))])  # type: ignore[list-item]


def test_a_load_in_which_nothing_moves_gives_its_thread_back(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.processor.loading.watching.PARK_AFTER_S", 0.3)
    ref = dock.open(dock.file(csv_of(250)))
    dock.runner().handle(ref)
    task = dock.bench.task(ref)
    assert (task.status, task.strikes, task.error) == ("processing", 0, None)
    assert dock.is_free(ref)
    dock.go_on(ref)
    assert dock.bench.task(ref).status == "completed"
    assert dock.names() == Counter(f"r-{n}" for n in range(250))


def test_redis_that_does_not_answer_costs_no_strike(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise redis.ConnectionError

    ref = dock.open(dock.file(csv_of(250)))
    with monkeypatch.context() as patch:
        patch.setattr(dock.desk.store, "load", away)
        for _ in range(MOST_STRIKES + 2):
            dock.runner().handle(ref)
            assert (dock.is_free(ref), dock.bench.task(ref).strikes) == (True, 0)
            dock.bench.now_due(ref)
    dock.go_on(ref)
    assert dock.bench.task(ref).status == "completed"


def test_a_load_that_fails_at_the_same_segment_each_time_ends(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
    mapped = RecordFile.mapped

    def fails(file: RecordFile, segment: Segment) -> Any:
        if segment.number == 1:
            raise ZeroDivisionError
        return mapped(file, segment)

    monkeypatch.setattr(RecordFile, "mapped", fails)
    ref = dock.open(dock.file(csv_of(250)))
    for _ in range(MOST_STRIKES + 1):
        dock.runner().handle(ref)
        dock.bench.now_due(ref)
    assert (dock.bench.task(ref).status, dock.bench.task(ref).error) == ("failed", "ZeroDivisionError")


def test_what_writers_have_done_meanwhile_forgives(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A load whose file is read may wait for its batches for hours."""
    monkeypatch.setattr("services.processor.loading.watching.PARK_AFTER_S", 0.3)
    ref = dock.open(dock.file(csv_of(250)))

    def strikes_after_another_run() -> int:
        dock.bench.sql.execute("UPDATE work.task SET strikes = 2, not_before = now() WHERE status = 'processing'")
        dock.runner().handle(ref)
        return dock.bench.task(ref).strikes

    dock.runner().handle(ref)
    assert strikes_after_another_run() == 2
    dock.works.handle(*dock.due(2))
    dock.bench.now_due(ref)
    dock.runner().handle(ref)
    assert strikes_after_another_run() == 0
    assert strikes_after_another_run() == 2
    dock.go_on(ref)
    assert dock.bench.task(ref).status == "completed"


@pytest.mark.parametrize("dry_run", [False, True])
def test_what_redis_loses_is_sent_again(dock: Dock, dry_run: bool) -> None:
    """Whether a writer had begun with it or not; what it has written is not written twice."""
    ref = dock.open(dock.file(csv_of(250).replace(b"r-7,", b",")), dry_run=dry_run)
    with dock.running(ref):
        wait_until(lambda: len(dock.open_jobs()) == 3 or dry_run, 20, "all are open")
        wait_until(lambda: len(dock.segments(ref)) == 3, 20, "all are noted")
        dock.works.handle(*dock.due(2))
        dock.redis_loses_everything()
        with dock.writing():
            wait_until(lambda: dock.bench.task(ref).status == "completed", 40, "the end")
    assert "SEGMENT_LOST" in dock.bench.story(ref)
    expected = Counter({f"r-{n}": 1 for n in range(250) if n != 7} | {None: 1})
    assert dock.names() == (Counter() if dry_run else expected)
    assert dock.bench.task(ref).counters["created"] == 250


def test_a_batch_that_a_writer_has_given_up_is_sent_again(dock: Dock) -> None:
    """Redis loses a batch of which one chunk is written and one is not; writers end it before the load looks again."""
    ref = dock.open(dock.file(csv_of(100)))
    with dock.dying_at("task.after_checkpoint", visit=3):
        dock.runner().handle(ref)
    dock.works.handle(*dock.due(1))
    dock.redis_loses_everything()
    with dock.writing():
        wait_until(lambda: [job["last_error"] for job in dock.jobs_of(ref)] == ["QUEUE_LOST"], 20, "it is given up")
    dock.go_on(ref)
    assert dock.bench.task(ref).status == "completed"
    assert dock.names() == Counter(f"r-{n}" for n in range(100))
    assert dock.bench.task(ref).counters["created"] == 100


def test_a_cancelled_load_writes_no_more_and_its_retry_writes_the_rest(dock: Dock) -> None:
    ref = dock.open(dock.file(csv_of(250) + b"x,,processor\n"))
    with dock.running(ref):
        wait_until(lambda: len(dock.segments(ref)) == 3, 20, "all are open")
        dock.works.handle(*dock.due(2))
        dock.bench.cancel(ref)
        wait_until(lambda: all(job.cancelling for job in dock.open_jobs()), 10, "its batches hear of it")
        with dock.writing():
            wait_until(lambda: dock.bench.task(ref).status == "cancelled", 10, "the end")
    task = dock.bench.task(ref)
    assert (task.counters["created"], task.counters["cancelled"], task.counters["pending"]) == (100, 150, 0)
    assert sum(dock.names().values()) == 100
    dock.bench.retry(ref)
    dock.go_on(ref)
    task = dock.bench.task(ref)
    assert (task.status, task.counters["created"], task.counters["rejected"]) == ("completed", 250, 1)
    assert dock.names() == Counter(f"r-{n}" for n in range(250))
    assert len(dock.desk.rows("ingest.reject", dock.bench.tenant)) == 1


@pytest.fixture
def late(dock: Dock) -> LateBatches:
    """What a processor does for batches whose load has ended."""
    return LateBatches(dock.tools.segments, dock.tools.lookup, Events(dock.desk.store.client, dock.desk.namespace))


def test_what_ends_after_its_load_is_counted_all_the_same(dock: Dock, late: LateBatches) -> None:
    """No writer is there when a load is cancelled, which ends without waiting for one."""
    ref = dock.open(dock.file(csv_of(250) + b"x,,processor\n"))
    with dock.running(ref):
        wait_until(lambda: len(dock.segments(ref)) == 3, 20, "all are open")
        dock.works.handle(*dock.due(1))
        dock.bench.cancel(ref)
        wait_until(lambda: dock.bench.task(ref).status == "cancelled", 10, "the end")
    late.count()
    assert dock.bench.task(ref).counters["pending"] > 0
    with dock.writing():
        wait_until(lambda: late.count() or not dock.bench.task(ref).counters["pending"], 20, "all is counted")
    counters = dock.bench.task(ref).counters
    jobs = [job["cancelled"] + job["created"] + job["rejected"] for job in dock.jobs_of(ref)]
    assert counters["total"] == counters["created"] + counters["cancelled"] + counters["rejected"] == sum(jobs) == 251
    assert sum(dock.names().values()) == counters["created"]
    dock.bench.retry(ref)
    dock.go_on(ref)
    assert (dock.bench.task(ref).status, dock.bench.task(ref).counters["created"]) == ("completed", 250)
    late.count()
    assert dock.names() == Counter(f"r-{n}" for n in range(250))


def test_a_batch_that_was_never_opened_is_cancelled_with_its_load(dock: Dock, late: LateBatches) -> None:
    """Its processor died just before."""
    ref = dock.open(dock.file(csv_of(250)))
    with dock.dying_at("load.after_segment"):
        dock.runner().handle(ref)
    dock.bench.cancel(ref)
    dock.go_on(ref)
    late.count()
    task = dock.bench.task(ref)
    assert (task.status, task.counters["cancelled"], task.counters["pending"]) == ("cancelled", 100, 0)
    dock.bench.retry(ref)
    dock.go_on(ref)
    assert dock.bench.task(ref).status == "completed"
    assert dock.names() == Counter(f"r-{n}" for n in range(250))


@pytest.mark.parametrize("step", ["ingest.after_open", "ingest.after_publish", "load.after_open"])
def test_a_batch_that_was_opened_by_who_died_is_cancelled_with_its_load(
    dock: Dock, late: LateBatches, step: str
) -> None:
    ref = dock.open(dock.file(csv_of(250)))
    with dock.dying_at(step):
        dock.runner().handle(ref)
    dock.bench.cancel(ref)
    dock.bench.lease_runs_out(ref)
    dock.runner().handle(ref)
    with dock.writing():
        wait_until(lambda: late.count() or not dock.bench.task(ref).counters["pending"], 20, "all is counted")
    assert (dock.bench.task(ref).counters["cancelled"], dock.names()) == (100, Counter())


def test_a_retry_long_after_a_cancel_writes_the_rest(dock: Dock) -> None:
    """When Redis has forgotten the batches, but not their keys."""
    ref = dock.open(dock.file(csv_of(250)))
    with dock.running(ref):
        wait_until(lambda: len(dock.segments(ref)) == 3, 20, "all are open")
        dock.works.handle(*dock.due(1))
        dock.bench.cancel(ref)
        wait_until(lambda: all(job.cancelling for job in dock.open_jobs()), 10, "its batches hear of it")
        with dock.writing():
            wait_until(lambda: dock.bench.task(ref).status == "cancelled", 10, "the end")
    dock.redis_forgets_jobs()
    dock.bench.retry(ref)
    dock.go_on(ref)
    assert dock.bench.task(ref).status == "completed"
    assert dock.names() == Counter(f"r-{n}" for n in range(250))


def test_a_retry_tries_what_has_failed(dock: Dock) -> None:
    ref = dock.open(dock.file(csv_of(250)))
    with dock.running(ref):
        wait_until(lambda: len(dock.segments(ref)) == 3, 20, "all are open")
        for due in dock.due(2):
            lease = dock.desk.take(due)
            dock.desk.settle(Written(lease, dock.desk.writer.fail(lease, "permanent", "XX000")))
        with dock.writing():
            wait_until(lambda: dock.bench.task(ref).status == "failed", 30, "the end")
    task = dock.bench.task(ref)
    assert (task.error, task.counters["created"], task.counters["failed"]) == ("LOAD_INCOMPLETE", 150, 100)
    dock.bench.retry(ref)
    dock.go_on(ref)
    assert (dock.bench.task(ref).status, dock.bench.task(ref).counters["created"]) == ("completed", 250)
    assert dock.names() == Counter(f"r-{n}" for n in range(250))
    assert dock.bench.retry(ref) is None


STEPS = [
    "load.before_open", "ingest.before_open", "ingest.after_open", "ingest.after_publish", "load.after_open",
    "load.after_segment", "task.after_checkpoint", "load.after_settle", "task.before_end",
]  # fmt: skip


DEATHS = [
    *((step, visit, "insert") for step in STEPS for visit in (1, 3) if (step, visit) != ("task.before_end", 3)),
    ("load.after_open", 2, "upsert"),
]


@pytest.mark.parametrize(("step", "visit", "mode"), DEATHS)
def test_a_processor_that_dies_there_costs_nothing(dock: Dock, step: str, visit: int, mode: str) -> None:
    """Rows have no names of their own: what is sent twice is written twice, if it is not told from what came before."""
    rows = b"".join(b"Bank %d,processor\n" % n if n % 9 else b",processor\n" for n in range(450))
    ref = dock.open(dock.file(b"name_vi,recipient_type\n" + rows), mode=mode)
    with dock.dying_at(step, visit=visit), dock.writing():
        dock.runner().handle(ref)
    if dock.bench.task(ref).status != "completed":
        dock.go_on(ref, name="processor-2")
    task = dock.bench.task(ref)
    assert (task.status, task.counters["created"], task.counters["rejected"]) == ("completed", 400, 50)
    names = Counter(row["name_vi"] for row in dock.desk.rows("inventory.recipient", dock.bench.tenant))
    assert names == Counter(f"Bank {n}" for n in range(450) if n % 9)
    jobs = dock.jobs_of(ref)
    assert {job["job_id"] for job in jobs} == {row["job_id"] for row in dock.segments(ref)}
    assert len(dock.desk.rows("ingest.reject", dock.bench.tenant)) == 50


@pytest.mark.parametrize("step", [step for step in STEPS if step != "task.before_end"])
def test_a_processor_that_wakes_too_late_changes_nothing(dock: Dock, step: str) -> None:
    rows = b"".join(b"Bank %d,processor\n" % n for n in range(450))
    ref = dock.open(dock.file(b"name_vi,recipient_type\n" + rows))
    with dock.writing():
        with dock.sleeping_at(step) as sleeper, dock.running(ref, heart_beats=False):
            assert sleeper.entered.wait(20)
            dock.bench.lease_runs_out(ref)
            dock.runner(name="processor-2").handle(ref)
            before, segments = dock.bench.task(ref), dock.segments(ref)
            sleeper.opened.set()
        wait_until(lambda: not dock.open_jobs(), 20, "all is written")
    assert (dock.bench.task(ref), dock.segments(ref)) == (before, segments)
    assert before.status == "completed"
    names = Counter(row["name_vi"] for row in dock.desk.rows("inventory.recipient", dock.bench.tenant))
    assert names == Counter(f"Bank {n}" for n in range(450))


def test_progress_is_seen_at_once_and_never_runs_backwards(dock: Dock) -> None:
    dock.load(csv_of(900))
    percents = [percent for _, percent in dock.bench.announced]
    assert percents == sorted(percents)
    assert len(set(percents)) > 5
    assert percents[-1] == 100 > percents[-2]
