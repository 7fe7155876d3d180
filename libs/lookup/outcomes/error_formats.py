"""Per-record errors, and other tables, as CSV and NDJSON, streamed."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec

from libs.contracts.chunks import RecordErrorView, Reject

Row = TypeVar("Row", bound=msgspec.Struct)
Views = Iterable[Sequence[msgspec.Struct]]
"""Errors, or other rows that are flat, page by page."""
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Tells spreadsheets that the file is UTF-8, without which they garble Vietnamese."""
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The last four are the first four in full width, which some spreadsheets read as the same."""


def safe_cell(value: object) -> str:
    """A value that no spreadsheet takes for a formula (OWASP, "CSV Injection")."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_RISKY) else text


def as_csv(pages: Views, kind: type[msgspec.Struct] = RecordErrorView) -> Iterator[bytes]:
    """RFC 4180 with a header line."""
    yield (BOM + _lines([kind.__struct_fields__])).encode()
    for page in pages:
        yield _lines([map(safe_cell, msgspec.structs.astuple(view)) for view in page]).encode()


def _lines(rows: Iterable[Iterable[object]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def as_ndjson(pages: Views) -> Iterator[bytes]:
    """One row a line."""
    for page in pages:
        yield msgspec.json.Encoder().encode_lines(page)


def raw_records(pages: Iterable[list[Reject]]) -> Iterator[bytes]:
    """The rejected records as they came, one a line, as far as they are kept."""
    for page in pages:
        yield b"".join(each.raw.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n" for each in page if each.raw)
