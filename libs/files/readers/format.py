"""What a format of files declares. A format is one module and one line of the registry (`libs.files.formats`)."""

from collections.abc import Callable

from msgspec import Struct

from libs.contracts.files.mappings import Source
from libs.contracts.texts import worded
from libs.files.readers.table import Table
from libs.files.sniffing.look import Look
from libs.files.streams import Stream


class Format(Struct, frozen=True, kw_only=True):
    """One format."""

    name: str
    endings: tuple[str, ...]
    """Of files' names, which decide where the content does not."""
    may_be: Callable[[Look], bool]
    """Whether a file can be of this format at all."""
    seems: Callable[[Look], bool]
    """Whether its content says that it is; asked in the registry's order."""
    open: Callable[[Stream, Source], Table]
    """Open a file of it; the source's members are filled in as far as they are known. Raises UnreadableError."""
    entities: tuple[str, ...] = ()
    """A scanner's own format: the kinds of records that are made of it. Its columns have the fields' own names."""
    fallback: bool = False
    """Whether a file that may be of it is, if it is of no other."""

    def titles(self) -> tuple[str, str]:
        """What people call it, in English and Vietnamese."""
        return worded(f"FORMAT_{self.name.upper().replace('-', '_')}")
