"""CSV (RFC 4180) in UTF-8, with the mark that tells spreadsheets so."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from libs.files.writers.cells import safe

PIECE = 256 * 1024
_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


def write(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """A whole file."""
    yield from _pieces([header], _BOM)
    yield from write_more(header, rows)


def write_more(_: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Rows that go behind others."""
    yield from _pieces(rows, "")


def _pieces(rows: Iterable[Sequence[str]], start: str) -> Iterator[bytes]:
    out = io.StringIO(newline="")
    out.write(start)
    write_row = csv.writer(out).writerow
    for row in rows:
        write_row([safe(cell) for cell in row])
        if out.tell() >= PIECE:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    if out.tell():
        yield out.getvalue().encode()
