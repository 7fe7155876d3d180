"""Operations: each makes a function from a cell's text (or what the one before made of it) to a value.

A function returns None for nothing, and raises `CellError` for what it cannot read; the value itself is never in it.
"""

import datetime
import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from libs.contracts.files.mappings import Operation
from libs.files.mapping.words import FALSE, MONTHS_OF, TRUE, folded, value_key

Apply = Callable[[Any, Sequence[str]], Any]
"""(the value so far, all cells of the row) -> the value."""

DATE_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S")
GROWING = frozenset(("join", "value_map", "default"))
"""What may make more of a cell than is in it."""
MOST_ADDED = 64 * 1024
"""Characters that operations add to a row, and constants to a record: whoever maps rows holds thousands of them."""
LONGEST_NUMBER = 40
_NUMBER = re.compile(r"([+-]?\d[\d.,\s]*)\s*(\D*)")
_SPLIT = re.compile(r"[,;\n\r|]+")


class CellError(Exception):
    """A cell cannot be read as its field; `code` is one of the catalogue's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def compiled(operation: Operation) -> Apply:
    """The function of an operation."""
    return _BUILDERS[operation.op](operation)


def size_of(value: Any) -> int:
    """The characters of a text, or of a list's texts."""
    if isinstance(value, list):
        return sum(map(size_of, value))
    return len(value) if isinstance(value, str) else 0


def _trim(_: Operation) -> Apply:
    return lambda value, _: value.strip() or None if isinstance(value, str) else value


def _split(operation: Operation) -> Apply:
    if operation.separator:
        separator = operation.separator
        return lambda value, _: [part for raw in value.split(separator) if (part := raw.strip())] if value else None

    def apply(value: Any, _: Sequence[str]) -> Any:
        if not value:
            return None
        if value.startswith("[") and (parts := _listed(value)) is not None:
            return parts
        return [part for raw in _SPLIT.split(value) if (part := raw.strip())]

    return apply


def _listed(text: str) -> list[str] | None:
    """The items of a list in JSON, as readers of JSON leave one whose items hold separators; None where it is none."""
    try:
        return [part for raw in msgspec.json.decode(text, type=list[str]) if (part := raw.strip())]
    except (msgspec.DecodeError, RecursionError):
        return None


def _date(operation: Operation) -> Apply:
    formats = tuple(operation.formats) or DATE_FORMATS

    def apply(value: Any, _: Sequence[str]) -> Any:
        if not value:
            return None
        for each in formats:
            try:
                return datetime.datetime.strptime(value, each).date().isoformat()  # noqa: DTZ007 -- a day has no zone
            except ValueError:
                continue
        raise CellError("CELL_DATE")

    return apply


def _number(operation: Operation) -> Apply:
    months = operation.unit == "months"

    def apply(value: Any, _: Sequence[str]) -> Any:
        if not value:
            return None
        match = _NUMBER.fullmatch(value.strip()) if len(value) <= LONGEST_NUMBER else None
        if match is None:
            raise CellError("CELL_NUMBER")
        number, unit = whole(match[1]), folded(match[2])
        if not unit:
            return number
        if not months or unit not in MONTHS_OF:
            raise CellError("CELL_NUMBER")
        return number * MONTHS_OF[unit]

    return apply


def whole(text: str) -> int:
    """A whole number as people write it: `12.000`, `12,000` and `12 000` are twelve thousand. Raises CellError."""
    groups = re.split(r"[.,\s]", text.strip())
    if len(groups) > 1 and set(groups[-1]) == {"0"} and len(groups[-1]) != 3:  # noqa: PLR2004 -- 24.0, from a spreadsheet
        groups.pop()
    if any(len(group) != 3 for group in groups[1:]):  # noqa: PLR2004 -- groups of thousands
        raise CellError("CELL_NUMBER")
    return int("".join(groups))


def _boolean(_: Operation) -> Apply:
    def apply(value: Any, _: Sequence[str]) -> Any:
        if not value:
            return None
        word = folded(value)
        if word in TRUE:
            return True
        if word in FALSE:
            return False
        raise CellError("CELL_BOOLEAN")

    return apply


def _value_map(operation: Operation) -> Apply:
    table = {value_key(name): value for name, value in operation.map.items()}

    def one(value: str) -> Any:
        # What is not known stays as it is: whether it will do is the record's own question, and its answer says more.
        return table.get(value_key(value), value.strip())

    def apply(value: Any, _: Sequence[str]) -> Any:
        if isinstance(value, list):
            return [one(each) for each in value]
        return one(value) if value else None

    return apply


def _lookup(_: Operation) -> Apply:
    return lambda value, _: [value] if isinstance(value, str) and value else value or None


def _join(operation: Operation) -> Apply:
    separator, columns = operation.separator if operation.separator is not None else " ", operation.columns

    def apply(value: Any, cells: Sequence[str]) -> Any:
        others = [cells[index] for index in columns if index < len(cells)]
        if size_of(others) + len(separator) * len(others) > MOST_ADDED:
            raise CellError("MAPPED_TOO_LONG")
        return separator.join(part for part in (value or "", *map(str.strip, others)) if part) or None

    return apply


def _default(operation: Operation) -> Apply:
    return lambda value, _: operation.value if value is None or value == "" else value


_BUILDERS: dict[str, Callable[[Operation], Apply]] = {
    "trim": _trim, "split": _split, "date": _date, "number": _number, "boolean": _boolean, "value_map": _value_map,
    "lookup": _lookup, "join": _join, "default": _default,
}  # fmt: skip
