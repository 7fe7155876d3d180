"""What the commands print: a live line on standard error, tables on standard output."""

import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import click

from libs.client.answers import Reject
from libs.client.retrying import Waiting
from libs.contracts.chunks import RecordErrorView
from libs.contracts.texts import chosen, said

PLAIN_INTERVAL = 2.0
"""Seconds between lines where there is no terminal, so that a log of a long push stays short."""

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


def tell_waiting(waiting: Waiting) -> None:
    """Say that a request failed for now and will be sent again."""
    start = _ERASE_LINE if sys.stderr.isatty() else ""
    text = said("WAITING", code=waiting.failure.code, seconds=waiting.seconds, attempt=waiting.attempt)
    click.echo(start + text, err=True)


def counts_line(counts: Iterable[tuple[str, int]]) -> str:
    """Counters by the names of their labels, short enough for one line of a terminal."""
    return " · ".join(f"{said(name)} {count:,}" for name, count in counts)


def labelled(rows: Sequence[tuple[str, str]]) -> str:
    """A line a value, each behind its label."""
    labels = [said(name) for name, _ in rows]
    width = max(map(len, labels))
    return "\n".join(f"{label:<{width}}  {value}" for label, (_, value) in zip(labels, rows, strict=True))


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


def error_lines(errors: Iterable[tuple[int, Reject | RecordErrorView]]) -> Iterator[str]:
    """Where each error is; its wording follows the first of its kind."""
    worded = set()
    yield f"{said('ERRORS')} ({said('POSITION')}, pointer, code):"
    for position, error in errors:
        yield f"{position:>8}  {printable(error.pointer or '/')}  {error.code}"
        if error.error not in worded:
            worded.add(error.error)
            yield f"{'':>10}{chosen(error.error, error.error_vi)}"


def printable(text: str) -> str:
    """The text without anything that could steer a terminal: a pointer may name a member that the record invented."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
