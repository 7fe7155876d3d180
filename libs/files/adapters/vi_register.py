"""A Vietnamese register of processing in twenty columns, as CSV: one row an activity, with all that belongs to it.

Who the organisation is, and who its officer is, concerns no record. A file of these columns is CSV like any other, with
a mapping and with its own rows given back, unless this format is asked for: it makes all four kinds of records of it.
"""

from msgspec import structs

from libs.contracts.files.mappings import Operation
from libs.files.adapters.inventory import Inventory, key
from libs.files.adapters.reading.tables_of_text import rows_of
from libs.files.adapters.table import scanner
from libs.files.mapping.operations import CellError, compiled
from libs.files.mapping.values import VALUES
from libs.files.mapping.words import TRUE, folded
from libs.files.sniffing.dialect import layout_of
from libs.files.sniffing.look import Look

HEADER = frozenset(
    (
        "Mã hoạt động", "Tên tổ chức", "Mã số thuế", "Người bảo vệ dữ liệu", "Hoạt động xử lý", "Mục đích",
        "Cơ sở pháp lý", "Loại dữ liệu", "Chủ thể dữ liệu", "Số lượng chủ thể", "Người nhận",
        "Chuyển giao xuyên biên giới", "Quốc gia đích", "Thời gian lưu trữ", "Nơi lưu trữ", "Biện pháp bảo mật",
        "Có dữ liệu nhạy cảm", "Ngày tạo", "Ngày cập nhật", "Xem xét lần cuối",
    )
)  # fmt: skip
_BASES, _TYPES = (
    {folded(word): value for value, words in VALUES[field].items() for word in (value, *words)}
    for field in ("legal_basis", "recipient_type")
)
_split = compiled(Operation("split"))
_months = compiled(Operation("number", unit="months"))


def find(data: bytes, inventory: Inventory) -> None:
    """Add the activities, and what they link to."""
    for row in rows_of(data, inventory):
        name, number = row["Hoạt động xử lý"], row["Mã hoạt động"]
        if not number:
            inventory.bad += 1
            continue
        inventory.add(
            "processing-activities", number, activity_name_vi=name, purpose_vi=row["Mục đích"],
            legal_basis=_BASES.get(folded(row["Cơ sở pháp lý"]), row["Cơ sở pháp lý"]),
            retention_period_months=_retention(row["Thời gian lưu trữ"]),
            data_category_external_ids=[inventory.category(each) for each in _split(row["Loại dữ liệu"], ()) or []],
            recipient_external_ids=[_recipient(each, inventory) for each in _split(row["Người nhận"], ()) or []],
            transfer_external_ids=_transfers(row, inventory),
        )  # fmt: skip


def _retention(cell: str) -> str:
    """In months; what is no time stays as it is, and is an error of the record."""
    try:
        return str(_months(cell, ()) or "")
    except CellError:
        return cell


def _recipient(name: str, inventory: Inventory) -> str:
    """By what it is called; some registers name its role alone."""
    role = _TYPES.get(folded(name), "third_party")
    return inventory.add("recipients", name, name_vi=name, recipient_type=role)


def _transfers(row: dict[str, str], inventory: Inventory) -> list[str]:
    """One for each country, where there are any."""
    if folded(row["Chuyển giao xuyên biên giới"]) not in TRUE:
        return []
    return [
        inventory.add(
            "data-transfers", f"{key(row['Mã hoạt động'])}:{country}",
            name_vi=f"{row['Hoạt động xử lý']} → {country}", destination_country=country, purpose_vi=row["Mục đích"],
            data_subject_count=row["Số lượng chủ thể"],
        )
        for country in _split(row["Quốc gia đích"], ()) or []
    ]  # fmt: skip


def _may_be(look: Look) -> bool:
    """All of the columns are there, in any order."""
    if "Mã hoạt động" not in look.text:
        return False
    return {name.strip() for name in layout_of(look.text).header} >= HEADER


FORMAT = structs.replace(
    scanner(
        "vi-register", ("csv",), ("data-categories", "recipients", "data-transfers", "processing-activities"),
        lambda _: False, find,
    ),
    may_be=_may_be,
)  # fmt: skip
