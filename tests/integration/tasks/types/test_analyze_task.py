"""A file that lies in the storage is looked at: what was found stays with it, and no value does."""

import io
import uuid
from typing import Any
from zipfile import ZipFile

import pytest

from libs.contracts.tasks.kinds import Task
from services.processor.types import analyze
from tests.integration.tasks.workplace.bench import Bench
from tests.integration.tasks.workplace.workshop import Workshop
from tests.root import ROOT

MADE = ROOT / "tests" / "samples" / "files" / "made"
CALAMINE = ROOT / "tests" / "samples" / "files" / "calamine"
CSV = b"ma;email;ngay;trong\nr1;an@example.vn;31/12/2025;\nr2;binh@example.vn;01/01/2026;\nr3\n"


def analysed(workshop: Workshop, data: bytes = CSV, name: str = "a.csv", **parameters: Any) -> Task:
    return workshop.run("analyze", file_id=workshop.file(data, name), **parameters)


def result_of(task: Task) -> dict[str, Any]:
    assert task.status == "completed", task.error
    assert task.result
    return task.result


def test_a_file_is_described_and_the_description_stays_with_it(workshop: Workshop) -> None:
    result = result_of(analysed(workshop))
    assert (result["format"], result["source"]["delimiter"], result["source"]["encoding"]) == ("csv", ";", "utf-8")
    assert (result["rows"], result["faulty_rows"], result["certain"]) == (3, 1, True)
    assert [(column["name"], column["type"], column.get("personal_data")) for column in result["columns"]] == [
        ("ma", "text", None), ("email", "text", "email"), ("ngay", "date", None), ("trong", "empty", None),
    ]  # fmt: skip
    stored = workshop.files.file(workshop.bench.tenant, uuid.UUID(result["file_id"]))
    assert stored
    assert stored.analysis == result


def test_values_are_shown_to_who_asks_and_kept_with_no_file(workshop: Workshop) -> None:
    plain = result_of(analysed(workshop))
    assert "example.vn" not in str(plain)
    shown = result_of(analysed(workshop, samples=True))
    assert shown["columns"][1]["samples"] == ["an@example.vn", "binh@example.vn"]
    stored = workshop.files.file(workshop.bench.tenant, uuid.UUID(shown["file_id"]))
    assert stored
    assert "example.vn" not in str(stored.analysis)


def test_a_person_may_say_how_it_is_read(workshop: Workshop) -> None:
    legacy = (MADE / "enc_tcvn3.csv").read_bytes()
    guessed = result_of(analysed(workshop, legacy))
    assert (guessed["source"]["encoding"], guessed["certain"]) == ("tcvn3", False)
    said = result_of(analysed(workshop, legacy, source={"encoding": "tcvn3"}))
    assert (said["columns"][0]["name"], said["certain"]) == ("Mã hoạt động", True)


def test_a_run_that_is_interrupted_goes_on_to_the_same_result(
    workshop: Workshop, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyze, "EVERY_S", 0.0)
    data = "\n".join(["ma;so", *(f"r{n};{n % 7}" for n in range(300_000)), ""]).encode()
    expected = result_of(analysed(workshop, data))
    ref = bench.open("analyze", file_id=workshop.file(data))
    left = []

    def leave(state: object) -> object:
        left.append(state)
        if len(left) == 2:
            raise OSError
        return state

    monkeypatch.setattr(analyze, "AnalyzeState", lambda *known: leave(STATE(*known)))
    assert not workshop.handled(ref, "analyze").status.ended
    monkeypatch.undo()
    bench.now_due(ref)
    checkpoint = bench.task(ref).checkpoint
    assert checkpoint
    assert checkpoint["analysis"]["rows"] > 0
    again = result_of(workshop.handled(ref, "analyze"))
    assert {**again, "file_id": ""} == {**expected, "file_id": ""}


def workbook(*cells: str) -> bytes:
    """A workbook of one column, whose cells are written as they are given."""
    sheet = "".join(
        f'<row r="{row}"><c r="A{row}" t="inlineStr"><is><t>{text}</t></is></c></row>'
        for row, text in enumerate(cells, 1)
    )
    held = io.BytesIO()
    with ZipFile(CALAMINE / "date.xlsx") as source, ZipFile(held, "w") as target:
        for name in source.namelist():
            whole = f"<worksheet><sheetData>{sheet}</sheetData></worksheet>"
            target.writestr(name, whole if name == "xl/worksheets/sheet1.xml" else source.read(name))
    return held.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"a\0,b\nx\0,2\n",
        rb'[{"a\u0000":"x\u0000","b":2}]',
        rb'{"a\ud800":"x\u0000","b":2}',
        workbook("a_x0000_", "x_x0000_"),
    ],
)
def test_what_cannot_be_stored_is_shown_as_replaced(workshop: Workshop, data: bytes) -> None:
    result = result_of(analysed(workshop, data, samples=True))
    column = result["columns"][0]
    assert (column["name"], column["shape"], column["samples"]) == ("a\ufffd", "a\ufffd", ["x\ufffd"])
    mapping = workshop.run("mapping", file_id=result["file_id"], entity="recipients")
    assert mapping.result
    assert mapping.result["mapping"]["columns"][0]["name"] == "a\ufffd"


def test_half_of_a_character_in_a_sheet_stays_as_it_is_written(workshop: Workshop) -> None:
    (column,) = result_of(analysed(workshop, workbook("a_xD800_", "x_xD800_"), samples=True))["columns"]
    assert (column["name"], column["samples"]) == ("a_xD800_", ["x_xD800_"])


STATE = analyze.AnalyzeState


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "FILE_EMPTY"),
        (b"\x1f\x8b\x08\x00abc", "FILE_DAMAGED"),
        ("\ufeffa,b\n1,2\n".encode("utf-32-le"), "ENCODING_UNKNOWN"),
        (workbook("a", "&#0;"), "FILE_DAMAGED"),
        (workbook("&#xD800;", "x"), "FILE_DAMAGED"),
    ],
)
def test_a_file_that_cannot_be_read_ends_it(workshop: Workshop, data: bytes, code: str) -> None:
    assert analysed(workshop, data).error in (code, "FILE_CUT_SHORT")
