"""The records that are found in one file, by kind and by external id; the same one again adds what it has."""

import re
from collections.abc import Iterable

from libs.contracts.inventory.members import MAX_EXTERNAL_ID, MAX_LIST, MAX_NAME, MAX_TEXT
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.texts import worded
from libs.files.failures import UnreadableError
from libs.files.personal.kinds import Kind
from libs.files.personal.names import kind_of_name
from libs.files.personal.redaction import redacted

MOST_RECORDS = 200_000
_SEPARATORS = re.compile(r"[\s,;|]+")
_FREE_TEXTS = ("purpose", "description")
"""Members that hold what people wrote at length."""
_SENSITIVE = re.compile(r"(?i)(?<!non)(?<!non[-_ ])sensitive")
Value = str | bool | int | Iterable[str] | None
Row = dict[str, str]


class Inventory:
    """Collects records."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, dict[str, str | dict[str, None]]]] = {}
        self._count = 0
        self.bad = 0
        """Findings that could not be read."""

    def add(self, entity: str, external_id: str, **members: Value) -> str:
        """A record, or more of one; returns the external id as links have it. Members without a value say nothing."""
        name = key(external_id)
        records = self._found.setdefault(entity, {})
        if name not in records:
            self._count += 1
            if self._count > MOST_RECORDS:
                raise UnreadableError("FILE_TOO_COMPLEX")
            records[name] = {"external_id": name}
        for member, value in members.items():
            _put(records[name], member, value)
        return name

    def category(self, label: str, kind: Kind | None = None, **members: Value) -> str:
        """A data category by a scanner's own name for it; what kind it is decides how it is called."""
        found = kind or kind_of_name(label)
        english, vietnamese = found.titles() if found else (label, label)
        named: dict[str, Value] = {
            "name_vi": vietnamese, "name_en": english,
            "category_type": "sensitive" if (found.sensitive if found else _SENSITIVE.search(label)) else "basic",
        }  # fmt: skip
        return self.add("data-categories", label, **{**named, **members})

    def place(self, place: str, categories: Iterable[str], **members: Value) -> None:
        """A processing activity: the use of the data that some place holds."""
        english, vietnamese = worded("FOUND_IN_TABLE", place=place)
        self.add(
            "processing-activities", place, activity_name_vi=vietnamese, activity_name_en=english,
            data_source_vi=place, data_category_external_ids=categories, **members,
        )  # fmt: skip

    def entities(self) -> list[str]:
        """The kinds of records that there are."""
        return [entity for entity in ENTITIES if self._found.get(entity)]

    def rows(self, entity: str) -> tuple[list[str], list[list[str]]]:
        """The columns of a kind of records, as far as any has a value, and its records as rows."""
        records = [
            {name: value if isinstance(value, str) else ", ".join(value) for name, value in record.items()}
            for record in self._found.get(entity, {}).values()
        ]
        used = {name for record in records for name in record}
        header = [name for name in ENTITIES[entity].record.__struct_fields__ if name in used]
        return header, [[record.get(name, "") for name in header] for record in records]


def key(text: str) -> str:
    """An external id that can stand in a list: what separates the items of one is a space in it."""
    return _SEPARATORS.sub(" ", text).strip()[:MAX_EXTERNAL_ID]


def _put(record: dict[str, str | dict[str, None]], member: str, value: Value) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        record[member] = "true" if value else "false"
    elif isinstance(value, (str, int)):
        text = str(value).replace("\0", " ").strip()
        if member.startswith(_FREE_TEXTS):
            text = redacted(text)
        record.setdefault(member, text[: MAX_NAME if "name" in member else MAX_TEXT])
    else:
        items = record.setdefault(member, {})
        assert isinstance(items, dict)
        items.update(dict.fromkeys(name for each in value if (name := key(each)) and len(items) < MAX_LIST))
