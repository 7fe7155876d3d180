"""CSV and its kin as a table."""

import codecs
from collections.abc import Iterator, Sequence

from libs.contracts.files.mappings import Source
from libs.files.failures import UnreadableError
from libs.files.readers.delimited import Dialect, read_delimited
from libs.files.readers.format import Format
from libs.files.readers.stretches import Position, Stretch
from libs.files.readers.table import header_of
from libs.files.sniffing.dialect import layout_of
from libs.files.sniffing.encoding import SAMPLE, Encoding, encoding_of, is_readable
from libs.files.streams import Cursor, Stream, read_up_to


class DelimitedTable:
    """CSV and its kin."""

    sheets: Sequence[str] = ()

    def __init__(self, stream: Stream, source: Source) -> None:
        self._stream = stream
        sample = read_up_to(stream, SAMPLE)
        encoding = _encoding(sample, source)
        self.certain = encoding.certain
        layout = layout_of(str(sample[encoding.mark :], encoding.name, "replace"), source.delimiter)
        row = source.header_row or layout.header_row
        self.source = Source(format="csv", encoding=encoding.name, delimiter=layout.delimiter, header_row=row)
        self._dialect = Dialect(encoding.name, layout.delimiter)
        found = header_of(self.read(Position(encoding.mark, 1)), lambda count, *_: count == row)
        self.header, self.first = found.names, found.first

    def read(self, start: Position) -> Iterator[Stretch]:
        """The rows from a place on."""
        yield from read_delimited(Cursor(self._stream, start.offset), self._dialect, start)

    def share(self, place: Position) -> float:
        """By bytes."""
        return min(place.offset / max(self._stream.size, 1), 1.0)

    def head(self) -> bytes:
        """All that stands before the rows: a byte order mark, titles, the header."""
        return read_up_to(self._stream, self.first.offset)

    def close(self) -> None:
        """Nothing to give back."""


def _encoding(sample: bytes, source: Source) -> Encoding:
    """How the text is encoded: as a person says, who then agrees; else as it seems."""
    found = encoding_of(sample, whole=len(sample) < SAMPLE)
    if not is_readable(source.encoding or found.name):
        raise UnreadableError("ENCODING_UNKNOWN")
    if source.encoding is None:
        return found
    name = codecs.lookup(source.encoding).name
    return Encoding(name, found.mark if name == found.name else 0)


FORMAT = Format(
    name="csv", endings=("csv", "tsv", "tab", "txt"), may_be=lambda look: bool(look.text), seems=lambda _: False,
    open=DelimitedTable, fallback=True,
)  # fmt: skip
