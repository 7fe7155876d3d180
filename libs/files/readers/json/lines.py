"""NDJSON: a JSON object a line."""

from collections.abc import Iterator

from libs.files.readers.json.members import DECODER, Columns, JsonError, checked, flat
from libs.files.readers.lines import Source, blocks_of_lines
from libs.files.readers.stretches import LARGEST_RECORD, Position, Stretch

Read = tuple[Stretch, list[dict[str, str]]]


def read_lines(source: Source, columns: Columns, start: Position, *, block: int = 1024 * 1024) -> Iterator[Stretch]:
    """The rows of a stream that stands at `start`, stretch by stretch."""
    for lines in blocks_of_lines(source, "utf-8", block=block):
        if lines.skipped:
            stretch = Stretch(start, lines.lines, [[]], faults={0: "RECORD_TOO_LONG"}, skipped=lines.skipped)
        else:
            stretch = _parse(lines.lines, columns, start)
        if stretch.lines:
            yield stretch
            start = stretch.end


def _parse(lines: list[bytes], columns: Columns, start: Position) -> Stretch:
    rows: list[list[str]] = []
    spans: list[tuple[int, int]] = []
    faults: dict[int, str] = {}
    for number, line in enumerate(lines):
        if line.isspace():
            continue
        try:
            rows.append(_row(line, columns))
        except JsonError as error:
            faults[len(rows)] = error.code
            rows.append([])
        spans.append((number, number + 1))
    return Stretch(start, lines, rows, spans if len(spans) < len(lines) else None, faults)


def _row(line: bytes, columns: Columns) -> list[str]:
    row = columns.row(members_of(line))
    return checked(row) if b"\\u" in line else row


def members_of(line: bytes) -> dict[str, str]:
    """The cells of a line by column. Raises JsonError."""
    if len(line) > LARGEST_RECORD:
        raise JsonError("RECORD_TOO_LONG")
    try:
        return flat(DECODER.decode(line.decode()))
    except UnicodeError:  # bytes that are no text, or half of a character deep within
        raise JsonError("ENCODING") from None
    except (ValueError, RecursionError, ArithmeticError):
        raise JsonError("JSON_MALFORMED") from None
