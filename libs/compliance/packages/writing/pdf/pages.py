"""The stretches of a PDF as data for typst."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from libs.compliance.packages.writing.pdf.lettering import lettered
from libs.compliance.packages.writing.pdf.paper import Stretch

LONGEST_WORD = 24
PIECE_OF_WORD = 8
NARROW = "\u200b"
"""Where a word may end that has no end of its own; nobody sees it."""
_LONG = re.compile(rf"\S{{{LONGEST_WORD},}}")


def data_of(stretch: Stretch) -> bytes:
    """A stretch with all its texts, of letters that there are, whose words may be parted where a line is too short."""
    return msgspec.json.encode(_parted(msgspec.to_builtins(stretch)))


def _parted(value: Any) -> Any:
    match value:
        case str():
            return _LONG.sub(lambda word: NARROW.join(_pieces(word[0])), lettered(value))
        case list():
            return [_parted(each) for each in value]
        case dict():
            return {name: each if name == "svg" else _parted(each) for name, each in value.items()}
        case _:
            return value


def _pieces(word: str) -> Iterator[str]:
    return (word[at : at + PIECE_OF_WORD] for at in range(0, len(word), PIECE_OF_WORD))
