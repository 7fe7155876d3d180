"""Formats whose files grow line by line: CSV and NDJSON."""

import csv
import io
from collections.abc import Iterator, Sequence

import msgspec

from libs.files.writers.cells import safe
from libs.files.writers.writer import Record, cell

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Tells spreadsheets that the file is UTF-8, without which they garble Vietnamese."""


class CsvWriter:
    """RFC 4180 with a header, in UTF-8; safe to open in a spreadsheet."""

    goes_on = True

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns

    def head(self) -> bytes:
        """A mark and the header."""
        return (BOM + _text([[safe(name) for name in self._columns]])).encode()

    def rows(self, records: Sequence[Record]) -> bytes:
        """A row a record."""
        return _text([[safe(cell(record.get(name))) for name in self._columns] for record in records]).encode()

    def tail(self) -> Iterator[bytes]:
        """Nothing."""
        return iter(())

    def close(self) -> None:
        """Nothing to give back."""


class NdjsonWriter:
    """A JSON object a line."""

    goes_on = True

    def __init__(self, columns: Sequence[str]) -> None:
        self._encode = msgspec.json.Encoder().encode_lines

    def head(self) -> bytes:
        """Nothing."""
        return b""

    def rows(self, records: Sequence[Record]) -> bytes:
        """A line a record."""
        return self._encode(records)

    def tail(self) -> Iterator[bytes]:
        """Nothing."""
        return iter(())

    def close(self) -> None:
        """Nothing to give back."""


def _text(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()
