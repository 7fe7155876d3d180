"""From the text of one JSON object to a row: members of members become columns `a.b`, what lies deeper stays JSON.

Text is taken as it is, numbers as they are written, true and false by their names, null as an empty cell. A list of
plain values becomes its values with commas between them, as mappings split them again; any other list stays JSON.
"""

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

LONGEST_EXPONENT = 30
"""Numbers are written out up to so many places before or behind the point."""
_SEPARATORS = re.compile(r"[,;|\r\n]")
_encode = msgspec.json.Encoder(decimal_format="number").encode


class JsonError(Exception):
    """An object cannot be a row; `code` is one of the catalogue."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise JsonError("JSON_MEMBER_REPEATED")
    return found


def _no_number(text: str) -> None:
    raise ValueError(text)


DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=Decimal, parse_float=Decimal, parse_constant=_no_number, strict=True
)


def flat(value: Any) -> dict[str, str]:
    """The cells of a decoded object, by column. Raises JsonError."""
    if not isinstance(value, dict):
        raise JsonError("JSON_NOT_OBJECT")
    cells: dict[str, str] = {}
    count = 0
    for name, member in value.items():
        if isinstance(member, dict) and member:
            count += len(member)
            cells.update((f"{name}.{inner}", cell(each)) for inner, each in member.items())
        else:
            count += 1
            cells[name] = member if type(member) is str else cell(member)
    if len(cells) != count:
        raise JsonError("JSON_MEMBER_REPEATED")
    return cells


def cell(value: Any) -> str:
    """The text of a value."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f") if abs(value.adjusted()) <= LONGEST_EXPONENT else str(value)
        case list() if not any(isinstance(each, (dict, list)) for each in value):
            parts = [cell(each) for each in value]
            return _encode(value).decode() if any(map(_SEPARATORS.search, parts)) else ", ".join(parts)
        case _:
            return _encode(value).decode()


class Columns:
    """The columns of a file, and rows in their order."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names: list[str] = []
        self._index: dict[str, int] = {}
        self.add(names)

    def add(self, names: Iterable[str]) -> None:
        """More columns, of which some may be known."""
        for name in names:
            if name not in self._index:
                self._index[name] = len(self.names)
                self.names.append(name)

    def row(self, cells: dict[str, str]) -> list[str]:
        """The cells of an object as a row. Raises JsonError where one has no column, or holds what is no text."""
        row = [""] * len(self._index)
        try:
            for name, text in cells.items():
                row[self._index[name]] = text
        except KeyError:
            raise JsonError("JSON_MEMBER_UNKNOWN") from None
        return row

    def knows(self, names: Iterable[str]) -> bool:
        """Whether an object of these members may be a row."""
        return all(name in self._index for name in names)


def checked(row: list[str]) -> list[str]:
    """A row without halves of characters, which JSON can spell. Raises JsonError."""
    try:
        "".join(row).encode()
    except UnicodeEncodeError:
        raise JsonError("ENCODING") from None
    return row
