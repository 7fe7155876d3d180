"""What came of a task is said in words, on the console's page of it."""

import datetime
from typing import Any, get_args, get_origin

import msgspec
import pytest

from libs.contracts.tasks.kinds import TaskKind
from libs.contracts.tasks.registry import KINDS
from libs.contracts.tasks.types.bulk import BULK
from libs.contracts.tasks.types.rules import RULES
from libs.contracts.tasks.types.upkeep.backup import BackupResult
from libs.contracts.tasks.types.upkeep.warm import WarmResult
from libs.contracts.texts.console import CONSOLE
from services.console.pages.job.results import results
from services.console.pages.speech import Speech

ENGLISH, VIETNAMESE = Speech("en", "UTC"), Speech("vi", "Asia/Ho_Chi_Minh")
WARMED = WarmResult(pages=12_345, read=678, before=0.5, after=1.0, room=16_384, whole=True, keys=[])
KEPT = BackupResult(
    name="2026-11-26", taken_at=datetime.datetime(2026, 11, 26, 20, tzinfo=datetime.UTC), bytes=3 << 20, sha256="ab",
    encrypted=False, tables=31, removed=["2026-11-01"],
)  # fmt: skip


def as_stored(result: msgspec.Struct) -> dict[str, Any]:
    """As PostgreSQL gives it back: shorter names first."""
    return dict(sorted(msgspec.to_builtins(result).items(), key=lambda each: (len(each[0]), each[0])))


def is_plain(kind: Any) -> bool:
    """Whether the page shows a value of this type: names and numbers."""
    if get_origin(kind) in (list, dict):
        return False
    return not any(isinstance(each, type) and issubclass(each, msgspec.Struct) for each in (kind, *get_args(kind)))


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if kind not in (BULK, RULES)], ids=lambda kind: kind.name
)
def test_every_name_has_a_word(kind: TaskKind) -> None:
    names = [field.encode_name for field in msgspec.structs.fields(kind.result) if is_plain(field.type)]
    assert names
    assert [name for name in names if f"RESULT_{name.upper()}" not in CONSOLE] == []


def test_values_are_written_as_people_of_a_language_write_them() -> None:
    assert results(as_stored(WARMED), ENGLISH) == [
        ("Pages of tables and keys", "12,345"), ("Pages that were not in the cache", "678"),
        ("In the cache before", "50.0 %"), ("In the cache now", "100.0 %"), ("Pages that may be read", "16,384"),
        ("All was read", "yes"),
    ]  # fmt: skip
    assert results(as_stored(KEPT), VIETNAMESE) == [
        ("Thư mục", "2026-11-26"), ("Dữ liệu tại thời điểm", "27/11/2026 03:00:00"), ("Dung lượng", "3 MiB"),
        ("SHA-256", "ab"), ("Đã mã hóa", "không"), ("Số bảng đã phục hồi thử và khớp", "31"),
    ]  # fmt: skip
    made = {"made_on": "2026-11-27", "files": [], "package": "mau-09", "language": "en"}
    assert results(made, VIETNAMESE)[1:] == [("Ngôn ngữ", "tiếng Anh"), ("Ngày lập", "27/11/2026")]


def test_what_is_not_in_the_catalogue_is_shown_as_it_is() -> None:
    assert results({"number": 4, "nothing": None}, ENGLISH) == [("number", "4")]
