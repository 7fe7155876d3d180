"""Reads a record that is larger than any good one, without making millions of objects of it.

Its members are only looked at, up to what decides that each is at fault: in place of a value that is too large for any
field stands a small one with the same fault.
"""

from functools import cache
from typing import Any

import msgspec
from msgspec import Raw, Struct

from libs.contracts.inventory.members import MAX_EXTERNAL_ID, MAX_LIST, MAX_TEXT
from libs.contracts.inventory.records import Record
from libs.intake.validation.json_values import plain_value

LARGE_RECORD = 1024 * 1024
"""Bytes; below it, a record's parts cost less than a batch's usual ones."""
_BYTES_A_CHARACTER = 12
"""A character in JSON: at most two escapes of UTF-16."""
_LARGEST_VALUE = 4 * MAX_TEXT * _BYTES_A_CHARACTER
_LARGEST_ITEM = 4 * MAX_EXTERNAL_ID * _BYTES_A_CHARACTER
_TOO_LONG = "x" * (4 * MAX_TEXT + 1)


def read_members(record: type[Record], raw: bytes) -> tuple[dict[str, Any], list[str | None]]:
    """A large record's fields, and its other members: only whether there are any, without names.

    Raises as `plain_value` does, and msgspec.ValidationError where it is no object.
    """
    raws = msgspec.structs.asdict(msgspec.json.decode(raw, type=_members_type(record, strict=False)))
    values = {name: _value(bytes(value), _LARGEST_VALUE) for name, value in raws.items() if bytes(value)}
    return values, [] if _decodes(raw, _members_type(record, strict=True)) else [None]


@cache
def _members_type(record: type[Record], *, strict: bool) -> type[Struct]:
    fields: list[Any] = [(name, Raw, Raw()) for name in record.__struct_fields__]
    return msgspec.defstruct(f"Members{record.__name__}", fields, forbid_unknown_fields=strict)


_first_items = msgspec.defstruct("FirstItems", [(f"i{n}", Raw, Raw()) for n in range(MAX_LIST + 1)], array_like=True)


def _value(raw: bytes, largest: int) -> Any:
    if raw.startswith(b"["):
        items = filter(None, map(bytes, msgspec.structs.astuple(msgspec.json.decode(raw, type=_first_items))))
        return [{} if item[:1] in b"[{" else _value(item, _LARGEST_ITEM) for item in items]
    if raw.startswith(b"{"):
        return {}
    if len(raw) <= largest:
        return plain_value(raw)
    return _TOO_LONG if raw.startswith(b'"') else {}


def _decodes(raw: bytes, kind: type[Struct]) -> bool:
    try:
        msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError:
        return False
    return True
