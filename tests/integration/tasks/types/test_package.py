"""A package: what the inventory knows, in files that other programs read, with what is missing marked."""

import io
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from docx import Document

from libs.compliance.packages.writing.making import Made, Maker
from libs.contracts.files.mappings import Source
from libs.contracts.inventory.records import Record
from libs.contracts.tasks.kinds import Task
from libs.files.tables import open_table
from services.processor.packaging import running
from services.processor.types import TYPES
from tests.integration.tasks.workplace.dock import Dock, KilledError
from tests.integration.tasks.workplace.papers import in_this_process
from tests.reading_back import texts_of_book, texts_of_pages, texts_of_word
from tests.waiting import wait_until
from tests.writing import activity, category, recipient, transfer

HOSTILE = (
    "=1+1", "a\x01\x1b[31m\u202eb", "x" * 4_000, "<w:t>&amp;</w:t>", "#set page(fill: red) $x$ *b* _i_ `r` \\ @ref <l>",
    "{{ 7*7 }} {% raw %} {_{ }_}", "Nguyễn Thị Ánh Tuyết, ĐƠN VỊ ữợẵỹ",
)  # fmt: skip
SHOWN = [each.replace("\x01\x1b", "[U+0001][U+001B]").replace("\u202e", "[U+202E]") for each in HOSTILE]


def made(dock: Dock, wanted: str, *formats: str, **more: Any) -> tuple[Task, dict[str, bytes]]:
    """A package, and its files."""
    kind, work = TYPES["package"]
    ref = dock.bench.open("package", package=wanted, formats=list(formats), **more)
    dock.bench.runner(lambda context: work(context, dock.tools), kind).handle(ref)
    task = dock.bench.task(ref)
    assert task.status == "completed", task.error
    assert task.result
    files = {}
    for file in task.result["files"]:
        content = dock.tools.files.content(task.tenant_id, uuid.UUID(file["file_id"]))
        files[file["format"]] = b"".join(iter(lambda content=content: content.read(1 << 20), b""))
    return task, files


def write(dock: Dock, *records: Record) -> None:
    dock.desk.write(dock.bench.tenant, list(records))


def cells(book: bytes, sheet: str) -> list[list[str]]:
    table = open_table(io.BytesIO(book), Source(sheet=sheet, header_row=1), name="a.xlsx")  # type: ignore[arg-type]
    rows = [table.header, *(row for stretch in table.read(table.first) for row in stretch.rows)]
    table.close()
    return rows


@pytest.fixture
def _quick() -> Iterator[None]:
    with in_this_process():
        yield


in_process = pytest.mark.usefixtures("_quick")


@pytest.fixture
def inventory(dock: Dock) -> Dock:
    """Three activities of which one says all that a dossier asks for."""
    ids = {name: uuid.uuid4() for name in ("names", "health", "bank", "clinic", "cloud")}
    write(
        dock,
        category("Họ và tên", data_category_id=ids["names"], legal_code="B01"),
        category("Hồ sơ sức khỏe", data_category_id=ids["health"], category_type="sensitive"),
    )
    write(
        dock,
        recipient(
            "Ngân hàng A", recipient_id=ids["bank"], agreement_ref="HĐ-01", contact="a@example.vn", tax_code="0101"
        ),
        recipient("Phòng khám B", recipient_id=ids["clinic"], recipient_type="third_party"),
    )
    write(dock, transfer("Lưu trữ đám mây", transfer_id=ids["cloud"], recipient_name="Cloud Pte", transfer_case=2))
    write(
        dock,
        activity(
            "Tính lương", purpose_vi="Trả lương", role="controller", subject_group="Người lao động",
            data_subject_count=1200, operations="Thu thập, lưu trữ", retention_period_months=24,
            deletion_method="Xóa khỏi hệ thống", security_measures_vi="Phân quyền",
            data_category_ids=[ids["names"]], recipient_ids=[ids["bank"]],
            transfer_ids=[ids["cloud"]],
        ),
        activity("Khám sức khỏe", role="controller", data_category_ids=[ids["health"]], recipient_ids=[ids["clinic"]]),
        activity("Gửi bản tin", legal_basis="consent"),
    )  # fmt: skip
    return dock


@in_process
def test_a_register_has_every_record_with_the_names_of_what_it_is_linked_with(inventory: Dock) -> None:
    task, files = made(inventory, "register", "xlsx")
    assert task.result
    assert task.result["records"] == {
        "processing-activities": 3, "data-categories": 2, "recipients": 2, "data-transfers": 1,
    }  # fmt: skip
    rows = cells(files["xlsx"], "Hoạt động xử lý")
    header, salary = rows[0], next(row for row in rows if row[0] == "Tính lương")
    said = dict(zip(header, salary, strict=True))
    assert len(rows) == 4
    assert (said["Loại dữ liệu"], said["Bên nhận"]) == ("Họ và tên", "Ngân hàng A")
    assert (said["Căn cứ pháp lý"], said["Quyết định tự động"]) == ("hợp đồng", "không")
    assert {row[0] for row in cells(files["xlsx"], "Bên nhận")[1:]} == {"Ngân hàng A", "Phòng khám B"}


@in_process
def test_columns_are_those_that_are_chosen(inventory: Dock) -> None:
    _, files = made(inventory, "register", "xlsx", language="en", columns={"recipients": ["name_vi", "recipient_type"]})
    header, *rows = cells(files["xlsx"], "Recipients")
    assert header == ["Name (Vietnamese)", "Role"]
    assert sorted(rows) == [["Ngân hàng A", "processor"], ["Phòng khám B", "third party"]]


@in_process
def test_a_dossier_is_filled_from_facts_and_marks_the_rest_with_the_rule_that_asks_for_it(inventory: Dock) -> None:
    task, files = made(inventory, "mau-10", "xlsx", "docx")
    assert task.result
    found = task.result["completeness"]
    missing = {(box["rule"], box["missing"], box["of"]) for box in found["missing"]}
    assert {("ORG-04", 1, 1), ("ORG-01", 1, 1), ("ACT-01", 2, 3), ("ACT-15", 2, 3), ("CAT-04", 1, 2), ("ACT-14", 1, 1),
            ("REC-04", 1, 2), ("ACT-16", 2, 3), ("ACT-03", 2, 3), ("Mẫu 10 II.1", 1, 3)} <= missing  # fmt: skip
    assert found["filled"] == found["boxes"] - len(found["missing"]) > 0
    for text in (texts_of_word(files["docx"]), texts_of_book(files["xlsx"])):
        assert f"đã điền {found['filled']}/{found['boxes']} ô" in text
        assert "Mẫu số 02a" in text
        assert text.index("MỨC ĐỘ ĐẦY ĐỦ") < text.index("Kính gửi") < text.index("PHẦN A.") < text.index("PHẦN B.")
        for said in (
            "Người lao động",
            "1.200",
            "24 tháng",
            "Xóa khỏi hệ thống",
            "Phân quyền",
            "HĐ-01",
            "[REC-04]",
            "[ACT-01]",
        ):
            assert said in text
    assert "[Người có thẩm quyền đánh giá và viết phần này" in texts_of_word(files["docx"])


@in_process
def test_a_dossier_of_transfers_has_their_receivers_and_only_what_crosses_the_border(inventory: Dock) -> None:
    task, files = made(inventory, "mau-09", "docx")
    assert task.result
    text = texts_of_word(files["docx"])
    missing = {(box["rule"], box["missing"], box["of"]) for box in task.result["completeness"]["missing"]}
    assert {("TRF-04", 1, 1), ("TRF-05", 1, 1), ("TRF-07", 1, 1)} <= missing
    assert "Mẫu số 01a" in text
    assert "Cloud Pte" in text
    assert "Ngân hàng A" in text
    assert "Phòng khám B" not in text, "its activity transfers nothing"


@in_process
def test_a_dossier_that_was_filed_comes_with_the_letter_of_its_changes(inventory: Dock) -> None:
    inventory.bench.sql.execute(
        "INSERT INTO inventory.organisation"
        " (tenant_id, name_vi, tax_code, address, dpo_kind, dpo_name, impact_filed_on, updated_by)"
        " VALUES (%s, 'Công ty TNHH Sông Hồng', '0100109106', 'Hà Nội', 'person', 'Trần B', '2026-01-15', 'tester')",
        [inventory.bench.tenant],
    )
    task, files = made(inventory, "mau-10", "docx", language="en")
    text = texts_of_word(files["docx"])
    assert "Mẫu số 03a" in text
    assert "3 activities, 2 recipients and 1 transfers" in text
    assert "CÔNG TY TNHH SÔNG HỒNG" in text
    assert task.result
    assert "ORG-04" not in {box["rule"] for box in task.result["completeness"]["missing"]}


@in_process
def test_a_package_of_an_empty_tenant_is_a_dossier_of_gaps_and_has_nothing_of_others(inventory: Dock) -> None:
    inventory.bench.move(uuid.uuid4())
    for wanted in ("mau-10", "mau-09", "register"):
        task, files = made(inventory, wanted, "docx")
        assert task.result
        assert set(task.result["records"].values()) == {0}
        text = texts_of_word(files["docx"])
        for name in ("Tính lương", "Hồ sơ sức khỏe", "Ngân hàng A", "Cloud Pte"):
            assert name not in text
        if found := task.result["completeness"]:
            assert "[ORG-04]" in text
            assert found["filled"] < found["boxes"] / 5
            assert "chưa có thông tin [ORG-01]" in _behind(text, "8.1. "), "nobody knows whether there is one"
            assert "chưa có thông tin [ORG-01]" in _behind(text, "8.2. ")
        _require_no_bare_header(files["docx"])


def _behind(text: str, heading: str) -> str:
    """What stands behind a heading, until the next one."""
    return text.partition(f"\n{heading}")[2].partition("\n8.")[0]


def _require_no_bare_header(file: bytes) -> None:
    """A table without rows is followed by the word for that."""
    body = list(Document(io.BytesIO(file)).element.body)
    for table, behind, next_one in zip(body, body[1:], body[2:], strict=False):
        if table.tag.endswith("}tbl") and table.xpath(".//w:tblHeader") and len(table.xpath("./w:tr")) == 1:
            assert "Không có." in "".join(text for each in (behind, next_one) for text in each.itertext())


def test_text_comes_out_as_text_in_all_formats(dock: Dock) -> None:
    write(dock, *(recipient("R", contact=each) for each in HOSTILE))
    task, files = made(dock, "register", "xlsx", "docx", "pdf")
    assert task.result
    pages = texts_of_pages(files["pdf"])
    book, word, paper = texts_of_book(files["xlsx"]), texts_of_word(files["docx"]), "".join(pages)
    for shown in SHOWN:
        assert shown in book
        assert shown in word
        assert shown.replace(" ", "") in paper.replace(" ", "") or set(shown) == {"x"}
    assert paper.count("x") >= max(map(len, HOSTILE)), "it goes over several pages"
    assert [f"Trang {n}/{len(pages)}" in page for n, page in enumerate(pages, 1)] == [True] * len(pages)
    assert task.result["files"][1]["pages"] == len(pages) > 4


def test_the_same_inventory_makes_the_same_bytes(inventory: Dock) -> None:
    formats = ("xlsx", "docx", "pdf")
    first, second = (made(inventory, "mau-10", *formats)[0].result for _ in range(2))
    assert first
    assert second
    assert [file["sha256"] for file in first["files"]] == [file["sha256"] for file in second["files"]]


@in_process
def test_a_file_that_is_made_is_kept_and_all_say_what_was_gathered_once(
    inventory: Dock, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, work = TYPES["package"]
    ref = inventory.bench.open("package", package="register", formats=["xlsx", "docx"])
    runner = inventory.bench.runner(lambda context: work(context, inventory.tools), kind)
    began: list[str] = []

    def make(self: Maker, kind: str) -> Made:
        began.append(kind)
        if len(began) == 2:
            raise KilledError
        return real(self, kind)

    real = Maker.make
    monkeypatch.setattr(Maker, "make", make)
    with pytest.raises(KilledError):
        runner.handle(ref)
    write(inventory, recipient("Đến sau"))
    inventory.bench.lease_runs_out(ref)
    runner.handle(ref)
    task = inventory.bench.task(ref)
    assert task.status == "completed", task.error
    assert began == ["xlsx", "docx", "docx"]
    assert task.result
    content = inventory.tools.files.content(task.tenant_id, uuid.UUID(task.result["files"][1]["file_id"]))
    word = texts_of_word(b"".join(iter(lambda: content.read(1 << 20), b"")))
    assert "Phòng khám B" in word
    assert "Đến sau" not in word


@in_process
def test_what_a_run_has_gathered_and_could_not_note_is_gathered_anew(
    inventory: Dock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the files would say what was then, and their counts what is now."""
    kind, work = TYPES["package"]
    ref = inventory.bench.open("package", package="register", formats=["docx"])
    runner = inventory.bench.runner(lambda context: work(context, inventory.tools), kind)

    def die(name: str) -> None:
        if name == "package.after_content":
            raise KilledError

    with monkeypatch.context() as patch, pytest.raises(KilledError):
        patch.setattr(running, "crash_point", die)
        runner.handle(ref)
    write(inventory, recipient("Đến sau"))
    inventory.bench.lease_runs_out(ref)
    runner.handle(ref)
    task = inventory.bench.task(ref)
    assert task.result, task.error
    assert task.result["records"]["recipients"] == 3
    content = inventory.tools.files.content(task.tenant_id, uuid.UUID(task.result["files"][0]["file_id"]))
    assert "Đến sau" in texts_of_word(b"".join(iter(lambda: content.read(1 << 20), b"")))


@in_process
def test_findings_are_listed_by_severity_with_what_they_are_about(inventory: Dock) -> None:
    _, files = made(inventory, "findings", "docx")
    assert "Các quy tắc chưa được chạy lần nào" in texts_of_word(files["docx"])
    kind, work = TYPES["rules"]
    ref = inventory.bench.open("rules")
    runner = inventory.bench.runner(lambda context: work(context, inventory.tools), kind)

    def ended() -> bool:
        runner.handle(ref)
        inventory.bench.now_due(ref)
        return inventory.bench.task(ref).status.ended

    wait_until(ended, 30, "the rules have run")
    _, files = made(inventory, "findings", "xlsx")
    counted = {row[1]: row[5] for row in cells(files["xlsx"], "Quy tắc")}
    assert (counted["ACT-01"], counted["REC-04"], counted["ACT-12"]) == ("2", "1", "0")
    errors = [(row[0], row[2]) for row in cells(files["xlsx"], "Lỗi")]
    assert {("ACT-01", "Khám sức khỏe"), ("ACT-01", "Gửi bản tin"), ("REC-04", "Phòng khám B")} <= set(errors)
