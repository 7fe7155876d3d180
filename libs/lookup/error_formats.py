"""Per-record errors as CSV and NDJSON, streamed."""

import csv
import io
from collections.abc import Iterable, Iterator

import msgspec

from libs.contracts.chunks import RecordErrorView, Reject, error_views

FIELDS = RecordErrorView.__struct_fields__
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Tells spreadsheets that the file is UTF-8, without which they garble Vietnamese."""
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The last four are the first four in full width, which some spreadsheets read as the same."""


def safe_cell(value: object) -> str:
    """A value that no spreadsheet takes for a formula (OWASP, "CSV Injection")."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_RISKY) else text


def as_csv(pages: Iterable[list[Reject]]) -> Iterator[bytes]:
    """RFC 4180 with a header line."""
    yield (BOM + _lines([FIELDS])).encode()
    for page in pages:
        rows = (msgspec.structs.astuple(view) for reject in page for view in error_views(reject))
        yield _lines([map(safe_cell, row) for row in rows]).encode()


def _lines(rows: Iterable[Iterable[object]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def as_ndjson(pages: Iterable[list[Reject]]) -> Iterator[bytes]:
    """One error a line."""
    for page in pages:
        yield msgspec.json.Encoder().encode_lines([view for reject in page for view in error_views(reject)])


def raw_records(pages: Iterable[list[Reject]]) -> Iterator[bytes]:
    """The rejected records as they came, one a line, as far as they are kept."""
    for page in pages:
        yield b"".join(each.raw.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n" for each in page if each.raw)
