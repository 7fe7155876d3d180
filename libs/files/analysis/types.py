"""What type all values of a column have: told for thousands at once, by one pattern over all of them."""

import re
from collections.abc import Collection, Sequence

SEPARATOR = "\x1f"
_WORDS = "true|false|yes|no|y|n|t|f|có|không|co|khong|đúng|sai|x"
_TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_PATTERNS = {
    "uuid": r"[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}",
    "boolean": rf"(?i:{_WORDS})",
    "integer": r"[+-]?(?:0|[1-9]\d*)",
    "number": r"[+-]?(?:0|[1-9]\d*)(?:[.,]\d+)*(?:[eE][+-]?\d+)?",
    "date": rf"(?:\d{{4}}[-/]\d{{1,2}}[-/]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{4}}){_TIME}",
}
_ALL = {name: re.compile(rf"(?: *(?:{pattern}) *{SEPARATOR})+") for name, pattern in _PATTERNS.items()}
TYPES = tuple(_PATTERNS)
"""In the order in which they are taken; a number with leading zeros is none, since they mean something."""


def still_possible(types: Sequence[str], values: Collection[str]) -> list[str]:
    """Those of some types that all of some values have; there must be a value."""
    text = SEPARATOR.join(values) + SEPARATOR
    return [name for name in types if _ALL[name].fullmatch(text)]
