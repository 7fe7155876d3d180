"""A file's rows become another file: the same rows whatever interrupts it, and each row in one of the two files."""

import csv
import io
import threading
import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest

from libs.contracts.files.mappings import ColumnMapping, Mapping, Operation, Source
from libs.contracts.tasks.kinds import Task
from libs.database.mappings import NewMapping
from libs.files.storage import FolderStorage
from libs.files.tables import open_table
from libs.uploads.files import FileStore
from services.processor.transforming import making
from tests.integration.tasks.workplace.bench import Bench
from tests.integration.tasks.workplace.workshop import Workshop

CSV = 'ma;ten;loai\r\nr1;"Công ty ""A""";Bên xử lý\r\nr2;;lạ\r\nr3;x\r\nr4;=1+1;nội bộ\r\n'.encode()
TARGETS = ("external_id", "name_vi", "recipient_type")


def mapped(workshop: Workshop, file_id: str, given: tuple[str | None, ...] = TARGETS, **more: Any) -> str:
    """An approved mapping of columns in their order."""
    names = ("ma", "ten", "loai")
    kinds = {"recipient_type": [Operation("value_map", map={"Bên xử lý": "processor", "nội bộ": "internal"})]}
    columns = [
        ColumnMapping(index=n, name=names[n], target=target, operations=kinds.get(target or "", [Operation("trim")]))
        for n, target in enumerate(given)
    ]
    content = Mapping(**{"entity": "recipients", "columns": columns, "source": Source(delimiter=";"), **more})
    mapping_id = uuid.uuid4()
    workshop.mappings.add(NewMapping(
        tenant_id=workshop.bench.tenant, mapping_id=mapping_id, content=content, signature=b"", created_by="tester",
        file_id=uuid.UUID(file_id),
    ))  # fmt: skip
    workshop.mappings.approve(workshop.bench.tenant, mapping_id, 1, workshop.audit())
    return str(mapping_id)


def content(workshop: Workshop, file_id: str) -> bytes:
    stream = workshop.files.content(workshop.bench.tenant, uuid.UUID(file_id))
    return b"".join(iter(lambda: stream.read(1024 * 1024), b""))


def result_of(task: Task) -> dict[str, Any]:
    assert task.status == "completed", task.error
    assert task.result
    return task.result


def transformed(workshop: Workshop, data: bytes = CSV, kind: str = "csv", name: str = "Sổ.csv") -> Task:
    file_id = workshop.file(data, name)
    return workshop.run("transform", file_id=file_id, mapping_id=mapped(workshop, file_id), format=kind)


def test_each_row_is_in_one_of_two_files(workshop: Workshop) -> None:
    task = transformed(workshop)
    result = result_of(task)
    assert (result["rows"], result["written"], result["rejected"]) == (4, 2, 2)
    assert task.counters == {"total": 4, "created": 2, "rejected": 2}
    rows = list(csv.reader(io.StringIO(content(workshop, result["result_file_id"]).decode("utf-8-sig"), newline="")))
    assert rows == [list(TARGETS), ["r1", 'Công ty "A"', "processor"], ["r4", "'=1+1", "internal"]]
    assert content(workshop, result["rejects_file_id"]) == "ma;ten;loai\r\nr2;;lạ\r\nr3;x\r\n".encode()
    assert [(error["row"], error["code"], error["column"]) for error in result["errors"]] == [
        (3, "REQUIRED", "ten"), (3, "UNKNOWN_VALUE", "loai"), (4, "ROW_TOO_SHORT", None),
    ]  # fmt: skip
    made = [
        workshop.files.file(workshop.bench.tenant, uuid.UUID(result[f"{part}_file_id"]))
        for part in ("result", "rejects")
    ]
    assert [file and (file.name, file.state, file.created_by) for file in made] == [
        ("Sổ.csv", "complete", "tester"), ("Sổ-rejects.csv", "complete", "tester"),
    ]  # fmt: skip


def test_the_rejects_become_rows_once_they_are_mended(workshop: Workshop) -> None:
    rejects = content(workshop, result_of(transformed(workshop))["rejects_file_id"])
    mended = rejects.replace("r2;;lạ".encode(), "r2;B;nội bộ".encode()).replace(b"r3;x", "r3;C;nội bộ".encode())
    result = result_of(transformed(workshop, mended))
    assert (result["written"], result["rejected"], result["rejects_file_id"]) == (2, 0, None)


def test_ndjson_and_xlsx_hold_the_same_records(workshop: Workshop) -> None:
    lines = content(workshop, result_of(transformed(workshop, kind="ndjson"))["result_file_id"]).splitlines()
    assert [msgspec.json.decode(line) for line in lines] == [
        {"external_id": "r1", "name_vi": 'Công ty "A"', "recipient_type": "processor"},
        {"external_id": "r4", "name_vi": "=1+1", "recipient_type": "internal"},
    ]  # fmt: skip
    sheet = result_of(transformed(workshop, kind="xlsx"))["result_file_id"]
    table = open_table(workshop.files.content(workshop.bench.tenant, uuid.UUID(sheet)), Source(), name="a.xlsx")
    assert table.header == list(TARGETS)
    assert [row for stretch in table.read(table.first) for row in stretch.rows] == [
        ["r1", 'Công ty "A"', "processor"], ["r4", "=1+1", "internal"],
    ]  # fmt: skip
    table.close()


def test_columns_of_another_file_are_its_own(workshop: Workshop) -> None:
    file_id, reference = workshop.file(CSV), workshop.file(b"x,y,z\n1,2,3\n")
    mapping = mapped(
        workshop,
        file_id,
        ("z", None, "x"),
        entity=None,
        targets=["x", "y", "z"],
        reference_file_id=uuid.UUID(reference),
    )
    result = result_of(workshop.run("transform", file_id=file_id, mapping_id=mapping))
    rows = content(workshop, result["result_file_id"]).decode("utf-8-sig").splitlines()
    assert rows == ["x,y,z", "Bên xử lý,,r1", "lạ,,r2", "nội bộ,,r4"]


def test_lists_and_constants(workshop: Workshop) -> None:
    ids = ("0190c8de-0000-7000-8000-000000000001", "0190c8de-0000-7000-8000-000000000002")
    file_id = workshop.file(f"a;b;c\nx, y;Có;{', '.join(ids)}\n".encode())
    columns = [
        ColumnMapping(index=0, name="a", target="recipient_external_ids", operations=[Operation("split")]),
        ColumnMapping(index=1, name="b", target="requires_dpia", operations=[Operation("boolean")]),
        ColumnMapping(index=2, name="c", target="transfer_ids", operations=[Operation("split")]),
    ]
    constants = {"activity_name_vi": "Tên", "legal_basis": "consent"}
    mapping = mapped(workshop, file_id, (), entity="processing-activities", columns=columns, constants=constants)
    result = result_of(workshop.run("transform", file_id=file_id, mapping_id=mapping))
    assert content(workshop, result["result_file_id"]).decode("utf-8-sig").splitlines() == [
        "activity_name_vi,legal_basis,requires_dpia,transfer_ids,recipient_external_ids",
        f"Tên,consent,true,{';'.join(ids)},x;y",
    ]  # fmt: skip


class Failing(FolderStorage):
    """Is away for every other part."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.puts = 0

    def put(self, key: str, data: bytes | bytearray) -> None:
        self.puts += 1
        if self.puts % 2 == 0:
            raise OSError
        super().put(key, data)


def long_file(rows: int = 3_000) -> bytes:
    lines = (f"r{n};Công ty {n};{'Bên xử lý' if n % 7 else 'lạ'}" for n in range(rows))
    return "\n".join(["ma;ten;loai", *lines, ""]).encode()


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint every few rows."""
    monkeypatch.setattr(making, "SAVE_EVERY", 4_000)
    monkeypatch.setattr("libs.files.readers.segments.LARGEST_SEGMENT", 3_000)
    monkeypatch.setitem(making.segments.__kwdefaults__, "size", 3_000)


def whole(workshop: Workshop, kind: str) -> tuple[bytes, bytes]:
    result = result_of(transformed(workshop, long_file(), kind))
    return content(workshop, result["result_file_id"]), content(workshop, result["rejects_file_id"])


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_interrupts_it_changes_no_byte(workshop: Workshop, bench: Bench, tmp_path: Path, kind: str) -> None:
    expected = whole(workshop, kind)
    file_id = workshop.file(long_file())
    ref = bench.open("transform", file_id=file_id, mapping_id=mapped(workshop, file_id), format=kind)
    good, workshop.files = workshop.files, FileStore(bench.pool, Failing(tmp_path / "files"))
    for _ in range(200):
        task = workshop.handled(ref, "transform")
        if task.status.ended:
            break
        assert task.error == "STORAGE_UNAVAILABLE"
        bench.now_due(ref)
    workshop.files = good
    result = result_of(task)
    assert (content(workshop, result["result_file_id"]), content(workshop, result["rejects_file_id"])) == expected
    assert (result["rows"], result["rejected"], len(result["errors"])) == (3_000, 429, 100)
    assert task.attempts > (5 if kind == "csv" else 1)


@pytest.mark.usefixtures("small_steps")
def test_of_two_runs_at_once_one_counts_and_no_row_is_there_twice(
    workshop: Workshop, bench: Bench, tmp_path: Path
) -> None:
    """One that was thought dead wakes in the middle, and takes the upload from the one that has the task now."""
    expected = whole(workshop, "csv")
    file_id = workshop.file(long_file())
    ref = bench.open("transform", file_id=file_id, mapping_id=mapped(workshop, file_id), format="csv")
    entered, opened = threading.Event(), threading.Event()

    class Slow(FolderStorage):
        def put(self, key: str, data: bytes | bytearray) -> None:
            if not entered.is_set():
                entered.set()
                assert opened.wait(20)
            super().put(key, data)

    good, workshop.files = workshop.files, FileStore(bench.pool, Slow(tmp_path / "files"))
    thread = threading.Thread(target=workshop.runner("transform", "slow").handle, args=[ref])
    thread.start()
    assert entered.wait(10)
    bench.lease_runs_out(ref)
    workshop.files = good
    done = workshop.handled(ref, "transform")
    opened.set()
    thread.join(20)
    result = result_of(bench.task(ref))
    assert result == done.result
    assert (content(workshop, result["result_file_id"]), content(workshop, result["rejects_file_id"])) == expected


@pytest.mark.usefixtures("small_steps")
def test_what_somebody_takes_away_meanwhile_is_made_anew(workshop: Workshop, bench: Bench, tmp_path: Path) -> None:
    expected = whole(workshop, "csv")
    file_id = workshop.file(long_file())
    ref = bench.open("transform", file_id=file_id, mapping_id=mapped(workshop, file_id), format="csv")
    good, workshop.files = workshop.files, FileStore(bench.pool, Failing(tmp_path / "files"))
    for _ in range(3):
        assert not workshop.handled(ref, "transform").status.ended
        bench.now_due(ref)
    workshop.files = good
    taken = bench.sql.execute("UPDATE work.file SET state = 'forgotten' WHERE state = 'receiving'")
    assert taken.rowcount == 2
    bench.now_due(ref)
    result = result_of(workshop.handled(ref, "transform"))
    assert (content(workshop, result["result_file_id"]), content(workshop, result["rejects_file_id"])) == expected


def test_a_mapping_that_cannot_be_applied_ends_it(workshop: Workshop) -> None:
    file_id = workshop.file(CSV)

    def error(mapping_id: str, file_id: str = file_id) -> str | None:
        return workshop.run("transform", file_id=file_id, mapping_id=mapping_id).error

    good = mapped(workshop, file_id)
    assert error(str(uuid.uuid4())) == "MAPPING_NOT_FOUND"
    assert error(mapped(workshop, file_id, ("external_id",))) == "MAPPING_INCOMPLETE"
    assert error(good, workshop.file(b"ma;other;loai\n1;2;3\n")) == "MAPPING_OTHER_COLUMNS"
    workshop.mappings.change(
        workshop.bench.tenant, uuid.UUID(good), 2, Mapping(entity="recipients"), workshop.audit()
    )  # fmt: skip
    assert error(good) == "MAPPING_NOT_APPROVED"
    pinned = workshop.run("transform", file_id=file_id, mapping_id=good, mapping_version=2)
    assert result_of(pinned)["mapping_version"] == 2


def test_what_fits_into_no_cell_is_a_reject_of_a_sheet_alone(workshop: Workshop) -> None:
    names = ",".join(f"name-{n:05}" for n in range(4_000))
    file_id = workshop.file(f"a;b\nx;{names}\ny;z\n".encode())
    columns = [ColumnMapping(index=0, name="a", target="x"), ColumnMapping(index=1, name="b", target="y")]
    mapping = mapped(workshop, file_id, (), entity=None, targets=["x", "y"], columns=columns)
    assert result_of(workshop.run("transform", file_id=file_id, mapping_id=mapping))["rejected"] == 0
    sheet = result_of(workshop.run("transform", file_id=file_id, mapping_id=mapping, format="xlsx"))
    assert [(error["row"], error["code"]) for error in sheet["errors"]] == [(2, "CELL_TOO_LONG")]
