"""What every writer does."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

Record = Mapping[str, Any]
LIST = ";"
"""What stands between the parts of a list in a cell."""


class Writer(Protocol):
    """Writes one file of these columns. The same records make the same bytes, whenever they are written."""

    goes_on: bool
    """Whether what is written of a file stays as it is while more comes; else it is made anew by who goes on."""

    def head(self) -> bytes:
        """What stands before the rows."""

    def rows(self, records: Sequence[Record]) -> bytes:
        """Some rows. Raises UnreadableError where the format has no room for them."""

    def tail(self) -> Iterator[bytes]:
        """What stands after them."""

    def close(self) -> None:
        """Give temporary files back."""


def cell(value: object) -> str:
    """A value as a cell's text."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return LIST.join(map(cell, value))
        case _:
            return str(value)
