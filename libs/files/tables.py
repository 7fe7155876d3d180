"""Opens a file as a table: what it is is told by its content first, by its name second."""

from libs.contracts.files.mappings import Source
from libs.files.failures import UnreadableError
from libs.files.formats import FORMATS
from libs.files.inflating import Inflated, compression_of
from libs.files.readers.format import Format
from libs.files.readers.table import Table
from libs.files.sniffing.look import START, Look, look_at
from libs.files.streams import Stream, read_up_to

__all__ = ["Table", "format_of", "open_table"]


def open_table(content: Stream, source: Source, *, name: str = "", entity: str = "") -> Table:
    """The table in a file; `source` says how to read it where that is known.

    `name` is the file's, and counts where its content may be of several formats. `entity` is the kind of records that
    is wanted of a scanner's own format; elsewhere it says nothing. The content must outlive the table. Close the table.
    Raises UnreadableError, and what `Content` raises.
    """
    stream = _inflated(content)
    found = format_of(look_at(stream, name), source.format)
    sheet = source.sheet or entity or None if found.entities else source.sheet
    return found.open(stream, Source(
        format=found.name, encoding=source.encoding, delimiter=source.delimiter, header_row=source.header_row,
        sheet=sheet,
    ))  # fmt: skip


def _inflated(content: Stream) -> Stream:
    """What is in the file, if it is compressed once."""
    start = read_up_to(content, START)
    if not start:
        raise UnreadableError("FILE_EMPTY")
    compression = compression_of(start)
    if compression is None:
        return content
    stream = Inflated(content, compression)
    inside = read_up_to(stream, START)
    if not inside:
        raise UnreadableError("FILE_EMPTY")
    if compression_of(inside):
        raise UnreadableError("FILE_ARCHIVE")
    return stream


def format_of(look: Look, asked: str | None = None) -> Format:
    """The format of a file: what was asked for where its content may be that, else what it seems to be."""
    fitting = [each for each in FORMATS.values() if each.may_be(look)]
    for wanted in (
        [each for each in fitting if each.name == asked],
        [each for each in fitting if each.seems(look)],
        [each for each in fitting if look.ending in each.endings and not each.entities],
        [each for each in fitting if each.fallback],
    ):
        if wanted:
            return wanted[0]
    raise UnreadableError("FILE_ARCHIVE" if look.is_archive else "FILE_FORMAT_UNKNOWN")
