"""What the commands print: a live line on standard error, tables on standard output."""

import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any

import click
import msgspec

from libs.client.answers import Reject
from libs.client.retrying import Waiting
from libs.contracts.chunks import RecordErrorView, RowErrorView
from libs.contracts.texts import chosen, said

PLAIN_INTERVAL = 2.0
"""Seconds between lines where there is no terminal, so that a log of a long push stays short."""

WIDE_TERMINAL = 100
"""Columns."""
KIB = 1024
UNITS = ("B", "KiB", "MiB", "GiB")
NARROWEST = 40
_ERASE_LINE = "\r\x1b[K"


class LiveLine:
    """One line that is written over on a terminal, and plain lines now and then elsewhere."""

    def __init__(self, *, terminal: bool | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._terminal = sys.stderr.isatty() if terminal is None else terminal
        self._clock = clock
        self._next = 0.0
        self._shown = ""

    def show(self, line: str, *, last: bool = False) -> None:
        """Show the line; the last one stays."""
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            click.echo(_ERASE_LINE + line[:width], err=True, nl=last)
        elif line != self._shown and (last or self._clock() >= self._next):
            self._next = self._clock() + PLAIN_INTERVAL
            self._shown = line
            click.echo(line, err=True)


def echo(line: str) -> None:
    """One line on standard error, where all that is not the answer goes."""
    click.echo(line, err=True)


def bar(share: float) -> str:
    """How much of something is done, 0 to 1, as a bar and in percent."""
    width = 30 if shutil.get_terminal_size().columns >= WIDE_TERMINAL else 16
    filled = int(width * share)
    return f"{'█' * filled}{'░' * (width - filled)} {100 * share:5.1f}%"


def byte_text(count: int | None) -> str:
    """So many bytes, for a person."""
    if count is None:
        return ""
    size, unit = float(count), 0
    while size >= KIB and unit < len(UNITS) - 1:
        size, unit = size / KIB, unit + 1
    return f"{size:,.1f} {UNITS[unit]}" if unit else f"{count:,} B"


def tell_waiting(waiting: Waiting) -> None:
    """Say that a request failed for now and will be sent again."""
    start = _ERASE_LINE if sys.stderr.isatty() else ""
    text = said("WAITING", code=waiting.failure.code, seconds=waiting.seconds, attempt=waiting.attempt)
    click.echo(start + text, err=True)


def counts_line(counts: Iterable[tuple[str, int]]) -> str:
    """Counters by the names of their labels, short enough for one line of a terminal."""
    return " · ".join(f"{said(name)} {count:,}" for name, count in counts)


def labelled(rows: Sequence[tuple[str, str]], plain: Sequence[tuple[str, str]] = ()) -> str:
    """A line a value, each behind its label; then those whose names are their labels."""
    lines = [*((said(name), value) for name, value in rows), *plain]
    width = max(len(label) for label, _ in lines)
    return "\n".join(f"{label:<{width}}  {value}" for label, value in lines)


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Columns under their headings; the columns numbered in `right` are aligned to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = (
        "  ".join(
            cell.rjust(width) if number in right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (header, *rows)
    )
    return "\n".join(lines)


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """A table on standard output; a terminal that is too narrow for it gets as many of its first columns as it has."""
    shown = len(header)
    if sys.stdout.isatty():
        widths = accumulate(max(map(len, column)) + 2 for column in zip(header, *rows, strict=True))
        shown = max(1, sum(width - 2 <= shutil.get_terminal_size().columns for width in widths))
    right = [number for number in right if number < shown]
    click.echo(table(header[:shown], [row[:shown] for row in rows], right=right))


def error_lines(errors: Iterable[tuple[int, Reject | RecordErrorView]]) -> Iterator[str]:
    """Where each error is; its wording follows the first of its kind."""
    worded = set()
    yield f"{said('ERRORS')} ({said('POSITION')}, pointer, code):"
    for position, error in errors:
        yield f"{position:>8}  {printable(error.pointer or '/')}  {error.code}"
        if error.error not in worded:
            worded.add(error.error)
            yield wrapped(chosen(error.error, error.error_vi), 10)


def row_error_lines(errors: Iterable[RowErrorView]) -> Iterator[str]:
    """A line an error: row, column, code; its wording follows the first of its kind."""
    worded = set()
    for error in errors:
        column = error.column or error.pointer
        yield f"{said('ROW', row=error.row):>12}  {printable(column or '')}  {error.code}"
        if error.error not in worded:
            worded.add(error.error)
            yield wrapped(chosen(error.error, error.error_vi), 14)


def wrapped(text: str, indent: int, first: str = "") -> str:
    """A sentence in lines of the terminal's width, each behind so many spaces; `first` stands in those of the first."""
    width = max(shutil.get_terminal_size().columns - 1, NARROWEST)
    space = " " * indent
    return textwrap.fill(
        text, width, initial_indent=first.rjust(indent), subsequent_indent=space, break_on_hyphens=False
    )


def clipped(text: str, width: int) -> str:
    """The text in so many characters at most."""
    return text if len(text) <= width else text[: width - 1] + "…"


def moment(at: datetime | None) -> str:
    """A point in time, to the second."""
    return at.isoformat(sep=" ", timespec="seconds") if at else ""


def short_moment(at: datetime) -> str:
    """A point in time by this machine's clock, to the minute: for tables."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M")


def print_json(value: Any) -> None:
    """Indented JSON on standard output."""
    # As bytes: JSON is UTF-8, whatever the terminal's encoding is.
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def printable(text: str) -> str:
    """The text without anything that could steer a terminal: a pointer may name a member that the record invented."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
