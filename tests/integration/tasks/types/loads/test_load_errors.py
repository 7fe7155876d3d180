"""What a load could not load: each error at its row, column and offset, and the rows as they came, to be mended."""

import io
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from libs.contracts.chunks import RowErrorView
from libs.contracts.files.mappings import Mapping
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import Task, TaskRef
from libs.database.mappings import NewMapping
from libs.database.mendings import MendingStore
from libs.files.records import RecordFile
from libs.mending.fields import mended
from libs.mending.loads.records import LoadRecords
from libs.mending.rejects import Rejects
from libs.mending.sending import Mended, Sending, faults_of
from tests.integration.tasks.workplace.dock import HEADER, Dock, csv_of
from tests.waiting import wait_until

BOM = b"\xef\xbb\xbf"


@pytest.fixture
def loads(dock: Dock) -> LoadRecords:
    """What ingest has to read loads with."""
    return LoadRecords(dock.tools.lookup, dock.tools.segments, dock.files, dock.tools.mappings)


def errors_of(loads: LoadRecords, task: Task, after: int = -1) -> list[RowErrorView]:
    return [view for page in loads.errors(task, after=after) for each in page for view in each.views]  # type: ignore[misc]


def told(views: Sequence[RowErrorView]) -> list[tuple[Any, ...]]:
    return [(view.index, view.row, view.column, view.offset, view.code) for view in views]


def rejects_of(loads: LoadRecords, task: Task) -> bytes:
    return b"".join(loads.rejects(task).pieces)


def test_an_error_names_its_line_its_column_and_its_offset(dock: Dock, loads: LoadRecords) -> None:
    lines = [
        BOM + "Mã,Tên bên nhận,Loại\r\n".encode(),
        b"a,A,processor\r\n",
        b"\r\n",
        b'b,"two\nlines",friend\r\n',
        b'c,"C,processor\r\n',
        b"d,,processor\r\n",
        b"e,E\r\n",
        "f,F,Bên nào đó".encode(),
    ]
    mapping = dock.mapping(["Mã", "Tên bên nhận", "Loại"], ["external_id", "name_vi", "recipient_type"])
    task = dock.load(b"".join(lines), mapping_id=str(mapping))
    at = [sum(map(len, lines[:number])) for number in range(len(lines))]
    assert told(errors_of(loads, task)) == [
        (1, 4, "Loại", at[3], "UNKNOWN_VALUE"),
        (2, 6, None, at[4], "QUOTE_UNCLOSED"),
        (3, 7, "Tên bên nhận", at[5], "REQUIRED"),
        (4, 8, None, at[6], "ROW_TOO_SHORT"),
        (5, 9, "Loại", at[7], "UNKNOWN_VALUE"),
    ]
    assert rejects_of(loads, task) == b"".join([lines[0], *lines[3:]])
    assert loads.rejects(task).media == "text/csv; charset=utf-8"


def test_rejects_that_are_mended_load(dock: Dock, loads: LoadRecords) -> None:
    data = csv_of(250).replace(b"r-7,", b"r-7,x,").replace(b"processor\nr-199", b"friend\nr-199")
    task = dock.load(data)
    assert (task.counters["created"], task.counters["rejected"]) == (248, 2)
    rejects = rejects_of(loads, task)
    assert rejects.splitlines() == [
        HEADER.encode(),
        "r-7,x,Ngân hàng 7,processor".encode(),
        "r-198,Ngân hàng 198,friend".encode(),
    ]
    again = dock.load(rejects.replace(b"r-7,x,", b"r-7,").replace(b"friend", b"processor"))
    assert (again.status, again.counters["created"], rejects_of(loads, again)) == (
        "completed",
        2,
        f"{HEADER}\n".encode(),
    )
    assert set(dock.names()) == {f"r-{number}" for number in range(250)}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_rejects_are_in_the_files_own_encoding(dock: Dock, loads: LoadRecords, encoding: str) -> None:
    text = f"\N{ZERO WIDTH NO-BREAK SPACE}{HEADER}\r\na,Hợp,processor\r\nb,Đồng,friend\r\nc,Ký,processor\r\n"
    task = dock.load(text.encode(encoding))
    wanted = text.replace("a,Hợp,processor\r\n", "").replace("c,Ký,processor\r\n", "")
    assert rejects_of(loads, task) == wanted.encode(encoding)


def test_what_the_writer_rejects_has_its_place_too(dock: Dock, loads: LoadRecords) -> None:
    """Among them names that nobody has; the pointer's list is the column."""
    rows = [f"a-{number},A,contract,{'nobody' if number == 130 else ''}\n" for number in range(140)]
    data = "external_id,activity_name_vi,legal_basis,recipient_external_ids\n" + "".join(rows) + rows[120]
    task = dock.load(data.encode(), entity="processing-activities")
    assert [(view.row, view.column, view.code, view.stage) for view in errors_of(loads, task)] == [
        (132, "recipient_external_ids", "EXTERNAL_ID_UNKNOWN", "reference"),
        (142, "external_id", "DUPLICATE_EXTERNAL_ID", "validate"),
    ]
    assert rejects_of(loads, task).decode() == data.splitlines(keepends=True)[0] + rows[130] + rows[120]


def test_errors_are_read_from_any_row_on(dock: Dock, loads: LoadRecords) -> None:
    data = csv_of(450).replace(b"0,Ng", b"0,,Ng")
    task = dock.load(data)
    every = errors_of(loads, task)
    assert [view.index for view in every] == list(range(0, 450, 10))
    for after in (-1, 0, 9, 10, 99, 100, 105, 440, 10**9):
        assert errors_of(loads, task, after) == [view for view in every if view.index > after]


def test_only_segments_with_rejects_are_read_again(
    dock: Dock, loads: LoadRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = dock.load(csv_of(900).replace(b"r-350,", b"r-350,,"))
    read: list[int] = []
    segments = RecordFile.segments

    def noted(file: RecordFile, start: Any, number: int = 0) -> Iterator[Any]:
        for segment in segments(file, start, number):
            read.append(segment.number)
            yield segment

    monkeypatch.setattr(RecordFile, "segments", noted)
    assert len(errors_of(loads, task)) == 1
    assert rejects_of(loads, task).count(b"\n") == 2
    assert read == [3, 3]


def workbook(rows: Sequence[tuple[int, Sequence[str]]]) -> bytes:
    """One sheet, of rows at these numbers."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet("Bên nhận")
        for number, cells in rows:
            for column, cell in enumerate(cells):
                sheet.write_string(number - 1, column, cell)
    return data.getvalue()


def test_a_sheets_rows_have_numbers_and_are_given_back_as_csv(
    dock: Dock, loads: LoadRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that are blank are none; their numbers are known without the file."""
    good = [(number + (number > 30) * 5, (f"r-{number}", "A", "processor")) for number in range(3, 150)]
    bad = [(164, ("x", "Ngân, hàng", "friend")), (170, ("y", "", "processor"))]
    task = dock.load(workbook([(2, HEADER.split(",")), *good, *bad]), "rows.xlsx")
    assert rejects_of(loads, task).decode() == (
        f'\N{ZERO WIDTH NO-BREAK SPACE}{HEADER}\r\nx,"Ngân, hàng",friend\r\ny,,processor\r\n'
    )
    monkeypatch.setattr(dock.files, "content", None)
    assert told(errors_of(loads, task)) == [
        (147, "Bên nhận!164", "recipient_type", None, "UNKNOWN_VALUE"),
        (148, "Bên nhận!170", "name_vi", None, "REQUIRED"),
    ]


def test_a_nul_in_a_sheet_costs_its_row_alone(dock: Dock, loads: LoadRecords) -> None:
    rows = [("a", "A\0", "processor"), ("b", "B", "processor")]
    task = dock.load(workbook([(1, HEADER.split(",")), *enumerate(rows, 2)]), "rows.xlsx")
    assert [(view.index, view.column, view.code) for view in errors_of(loads, task)] == [
        (0, "name_vi", "NUL_CHARACTER")
    ]
    assert dock.names() == Counter(["b"])


def test_errors_outlive_their_file(dock: Dock, loads: LoadRecords) -> None:
    file = dock.file(csv_of(3) + b"x,,processor\n")
    ref = dock.open(file)
    with dock.writing():
        dock.runner().handle(ref)
    dock.files.delete(dock.bench.tenant, file)
    task = dock.bench.task(ref)
    assert told(errors_of(loads, task)) == [(3, None, "name_vi", None, "REQUIRED")]
    with pytest.raises(Refusal, match="FILE_NOT_FOUND"):
        rejects_of(loads, task)


def test_a_dry_run_has_its_errors(dock: Dock, loads: LoadRecords) -> None:
    task = dock.load(csv_of(120) + b"x,,processor\n", dry_run=True)
    assert [view.row for view in errors_of(loads, task)] == [122]
    assert rejects_of(loads, task).endswith(b"x,,processor\n")


@pytest.mark.parametrize("error", ["MAPPING_NEEDED", "FILE_HEADER_ONLY"])
def test_a_load_that_read_nothing_has_no_errors(dock: Dock, loads: LoadRecords, error: str) -> None:
    task = dock.load(b"name\nA\n" if error == "MAPPING_NEEDED" else f"{HEADER}\n".encode())
    assert errors_of(loads, task) == []
    assert rejects_of(loads, task) == b""


CELLS = st.sampled_from(["", "A", "Hợp đồng", "a,b", 'say "x"', "two\nlines", "processor", "friend"])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=230),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoted=st.booleans(),
)
def test_every_row_is_a_record_or_given_back(dock_for: Any, rows: list[list[str]], end: str, quoted: bool) -> None:
    """What is stored and what comes back are together the file, in its order."""
    dock, loads = dock_for()
    lines = [end.join([""] * (number % 3 == 0)) + _line(row, quoted=quoted) + end for number, row in enumerate(rows)]
    task = dock.load((f"external_id,name_vi,recipient_type{end}" + "".join(lines)).encode())
    views = errors_of(loads, task)
    bad = {view.index for view in views}
    assert task.counters["created"] + task.counters["rejected"] == len(rows)
    assert len(bad) == task.counters["rejected"]
    given_back = rejects_of(loads, task).decode() if bad else f"external_id,name_vi,recipient_type{end}"
    assert given_back == f"external_id,name_vi,recipient_type{end}" + "".join(lines[index] for index in sorted(bad))


def _line(cells: Sequence[str], *, quoted: bool) -> str:
    return ",".join(
        '"' + cell.replace('"', '""') + '"' if quoted or any(mark in cell for mark in ',"\n') else cell
        for cell in cells
    )


@pytest.fixture
def dock_for(dock: Dock, loads: LoadRecords) -> Any:
    """The same for a fresh tenant each time."""

    def fresh() -> tuple[Dock, LoadRecords]:
        dock.bench.tenant = uuid.uuid4()
        return dock, loads

    return fresh


MAPPED = ["Mã", "Tên", "Loại", "Ngày gửi hồ sơ", "Số người"]
TARGETS = ["external_id", "name_vi", "destination_country", "dossier_filed_on", "data_subject_count"]


def test_rejected_rows_are_mended_as_records_and_sent_again(dock: Dock, loads: LoadRecords) -> None:
    """Of a row that is no record, what can be made of its cells is there to be mended."""
    rows = [f"t-{number},Máy chủ,SG,2026-01-0{number % 9 + 1},10" for number in range(230)]
    rows[5] = "t-5,Máy chủ,??,2026-01-01,10"
    rows[120] = "t-120,Máy chủ,SG,hôm qua,nhiều"
    rows[121] = "t-121,Máy chủ"
    data = "\n".join([",".join(MAPPED), *rows, ""]).encode()
    stored = dock.tools.mappings.mapping(dock.bench.tenant, mapping_with_operations(dock))
    assert stored
    task = dock.load(data, entity="data-transfers", mapping_id=str(stored.mapping_id))
    task = structs.replace(task, entity="data-transfers")  # as it is opened by people
    assert (task.counters["created"], task.counters["rejected"]) == (227, 3)

    mendings = MendingStore(dock.bench.tasks_pool)
    rejects = Rejects(dock.tools.lookup, loads, mendings)
    page = rejects.page(task, after=-1)
    assert [row.index for row in page.rows] == [5, 120, 121]
    assert page.rows[1].record == {
        "external_id": "t-120", "name_vi": "Máy chủ", "destination_country": "SG", "dossier_filed_on": "hôm qua",
        "data_subject_count": "nhiều",
    }  # fmt: skip
    assert page.rows[2].record == {"external_id": "t-121", "name_vi": "Máy chủ"}

    texts = {
        5: {"destination_country": "SG"}, 120: {"dossier_filed_on": "2026-01-02", "data_subject_count": "7"},
        121: {"destination_country": "VN"},
    }  # fmt: skip
    found = rejects.these(task, set(texts))
    made = Mended({index: mended("data-transfers", found[index].record, some) for index, some in texts.items()})
    assert faults_of("data-transfers", made) == {}
    sending = Sending(dock.tools.intake, dock.tools.admission, mendings)
    batch = sending.send(dock.bench.origin, task, made, "the register was wrong")
    assert sending.send(dock.bench.origin, task, made, "the register was wrong") == batch
    with dock.writing():
        wait_until(lambda: len(dock.names("inventory.data_transfer")) == 230, 20, "they are written")
    assert rejects.page(task, after=-1).rows == []
    assert [each.batch_id for each in mendings.of_job(task.tenant_id, task.id)] == [batch]
    assert "MENDED" in dock.bench.story(TaskRef(task.tenant_id, task.id, task.lane))
    with pytest.raises(Refusal, match="MENDED_ALREADY"):
        sending.send(dock.bench.origin, task, Mended({5: {"name_vi": "another"}}), "x")


def mapping_with_operations(dock: Dock) -> uuid.UUID:
    operations: dict[str, list[Any]] = {
        "dossier_filed_on": [{"op": "date"}], "data_subject_count": [{"op": "number"}],
    }  # fmt: skip
    columns = [
        {"index": index, "name": name, "target": target, "operations": operations.get(target, [])}
        for index, (name, target) in enumerate(zip(MAPPED, TARGETS, strict=True))
    ]
    content = msgspec.convert({"entity": "data-transfers", "columns": columns}, Mapping)
    new = NewMapping(
        tenant_id=dock.bench.tenant, mapping_id=uuid.uuid4(), signature=b"", created_by="tester", content=content
    )
    stored = dock.tools.mappings.add(new)
    audit = dock.bench.audit("mapping.approve", stored.mapping_id)
    dock.tools.mappings.approve(stored.tenant_id, stored.mapping_id, 1, audit)
    return stored.mapping_id


def test_rejects_of_a_load_whose_file_is_gone_are_there_as_far_as_they_are_records(
    dock: Dock, loads: LoadRecords
) -> None:
    task = dock.load(csv_of(30).replace(b"processor\nr-7", b"friend\nr-7").replace(b"r-20,", b"r-20,x,"))
    dock.files.delete(task.tenant_id, uuid.UUID(task.parameters["file_id"]))
    page = Rejects(dock.tools.lookup, loads, MendingStore(dock.bench.tasks_pool)).page(task, after=-1)
    assert [(row.index, row.record.get("recipient_type")) for row in page.rows] == [(6, "friend"), (20, None)]
