"""What kind of values a column has, in a word: all that anybody outside is told of them."""

import re
from collections.abc import Sequence

from libs.contracts.files.mappings import Operation
from libs.files.mapping.operations import CellError, compiled
from libs.files.mapping.words import FALSE, TRUE, folded

_PATTERNS = (
    ("uuid", re.compile(r"(?i)[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")),
    ("email", re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")),
    ("integer", re.compile(r"[+-]?\d+")),
    ("number", re.compile(r"[+-]?[\d., ]+")),
    ("code", re.compile(r"[A-Za-z0-9]+([-_./][A-Za-z0-9]+)*")),
    ("list", re.compile(r"(?s).*[^,;|]+[,;|].*")),
)


def shape_of(values: Sequence[str]) -> str:
    """`empty`, `boolean`, `date`, `duration`, one of the patterns, or `text`: what all of the values are."""
    filled = [value.strip() for value in values if value.strip()]
    if not filled:
        return "empty"
    if all(folded(value) in TRUE | FALSE for value in filled):
        return "boolean"
    for shape, operation in (("date", Operation("date")), ("duration", Operation("number", unit="months"))):
        if not all(value.isdigit() for value in filled) and _all_read(operation, filled):
            return shape
    return next((shape for shape, pattern in _PATTERNS if all(map(pattern.fullmatch, filled))), "text")


def _all_read(operation: Operation, values: Sequence[str]) -> bool:
    apply = compiled(operation)
    try:
        for value in values:
            apply(value, ())
    except CellError:
        return False
    return True
