"""What the scanners of a run bring as files: a file follows from the seed, its courier and its number.

Each row carries a marker, `<run>/<file>/<index>`, in its last column, and has no name of its own: a row that was
written twice shows.
"""

import hashlib
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from tests.fault.running.scanners.workload import LANES, Workload

COLUMNS = ("name_vi", "recipient_type", "contact")
LONG_ROW = 990_000
"""Bytes of a row that is refused for its cells; two of them fill a segment."""
SIZES = (3, 12, 40, 90)
PREFIX = "file-"
"""How the names of files begin, which those of batches do not."""


@dataclass(frozen=True)
class Row:
    """A row as it stands in its file, and the code of the error that it must get; without one it must be written."""

    text: str
    name: str = ""
    """What its record is called."""
    error: str = ""


@dataclass(frozen=True)
class File:
    """One file, how it is brought, and what is asked for then."""

    name: str
    tenant: uuid.UUID
    rows: tuple[Row, ...]
    newline: str = "\n"
    by_form: bool = False
    """Whether it comes in the request that asks for its load; otherwise it is uploaded before, by tus."""
    pieces: int = 1
    """Requests that bring it, if nothing is in their way."""
    cuts: frozenset[int] = frozenset()
    """Which of these requests break off in the middle."""
    lane: str = "normal"
    dry_run: bool = False
    cancel_after: int | None = None
    """After how many looks at the load its end is asked for."""
    retry: bool = False
    """Whether a load that was cancelled is asked for again."""

    @cached_property
    def content(self) -> bytes:
        """Its bytes."""
        return self._text(self.rows)

    @cached_property
    def rejects(self) -> bytes:
        """What its load must give back: the header, and the bad rows as they came."""
        return self._text(tuple(row for row in self.rows if row.error))

    @cached_property
    def sha256(self) -> str:
        """Of its bytes."""
        return hashlib.sha256(self.content).hexdigest()

    def _text(self, rows: tuple[Row, ...]) -> bytes:
        return "".join(f"{line}{self.newline}" for line in (",".join(COLUMNS), *(row.text for row in rows))).encode()


@dataclass(frozen=True)
class Files:
    """All files of a run."""

    workload: Workload
    couriers: int = 3
    sizes: tuple[int, ...] = SIZES
    long_rows: tuple[int, ...] = (0, 0, 0, 0, 0, 3)
    """How many a file may have: with three it has two segments, with five three."""
    plain: bool = False
    """Whether all are uploaded, and loaded, and nobody cancels anything."""
    pieces: int | None = None
    """Requests that bring each of them, none of which breaks off; as the seed says where it is left out."""

    def marker(self, name: str, index: int) -> str:
        """What names a row for ever."""
        return self.workload.marker(name, index)

    def key(self, name: str) -> str:
        """Under which its load is asked for."""
        return f"{self.workload.run}-{name}"

    def find(self, name: str) -> File:
        """The file of that name."""
        _, courier, number = name.split("-")
        return self.file(int(courier), int(number))

    @lru_cache(maxsize=1_024)  # noqa: B019 -- they live as long as their run
    def file(self, courier: int, number: int) -> File:
        """The file of a courier with this number."""
        return _Draft(self, courier, number).file()


class _Draft:
    """Draws one file."""

    def __init__(self, files: Files, courier: int, number: int) -> None:
        self._files = files
        self._random = random.Random(f"{files.workload.seed}/file/{courier}/{number}")
        self._name = f"{PREFIX}{courier}-{number}"
        self._long = self._random.choice(files.long_rows)
        # What is wrong with a quote that is never closed depends on what follows: a file with one has no other.
        self._quoted = bool(self._long) or self._random.random() < 0.5
        self._bad = [_nameless, _of_no_type, _too_long, _too_short, _with_nul if self._quoted else _unclosed]

    def file(self) -> File:
        chance, plain = self._random.random, self._files.plain
        size, share = self._random.choice(self._files.sizes), self._random.choice((0.0, 0.1, 0.4))
        kinds = ["good", *("bad" if chance() < share else "good" for _ in range(size - 1))]
        for _ in range(self._long):
            kinds.insert(self._random.randint(1, len(kinds)), "long")
        dry_run = not plain and chance() < 0.1
        cancels = not (plain or dry_run) and self._files.workload.failing and chance() < 0.2
        pieces, fixed = self._random.randint(1, 4), self._files.pieces
        return File(
            name=self._name,
            tenant=self._random.choice(self._files.workload.tenants),
            rows=tuple(self._row(kind, index) for index, kind in enumerate(kinds)),
            newline=self._random.choice(("\n", "\r\n")),
            by_form=not plain and chance() < 0.3,
            pieces=fixed or pieces,
            cuts=frozenset(number for number in range(pieces) if chance() < 0.3 and not fixed),
            lane=self._random.choice(LANES),
            dry_run=dry_run,
            cancel_after=self._random.randint(0, 3) if cancels else None,
            retry=chance() < 0.5,
        )

    def _row(self, kind: str, index: int) -> Row:
        marker = self._files.marker(self._name, index)
        match kind:
            case "good":
                return self._good(marker, index)
            case "long":
                return Row(f"{'z' * LONG_ROW},processor,{marker},x", error="ROW_TOO_LONG")
        bad = self._random.choice(self._bad)
        if bad is _unclosed:
            self._bad.remove(bad)
        return bad(marker)

    def _good(self, marker: str, index: int) -> Row:
        name = f"Ngân hàng {index}"
        if self._quoted and self._random.random() < 0.2:
            name = f'Ngân hàng "{index}",\nchi nhánh'
            escaped = name.replace('"', '""')
            return Row(f'"{escaped}",processor,{marker}', name)
        return Row(f"{name},processor,{marker}", name)


Bad = Callable[[str], Row]


def _nameless(marker: str) -> Row:
    return Row(f",processor,{marker}", error="REQUIRED")


def _of_no_type(marker: str) -> Row:
    return Row(f"Công ty,bạn bè,{marker}", error="UNKNOWN_VALUE")


def _too_long(marker: str) -> Row:
    return Row(f"Công ty,Hà Nội,processor,{marker}", error="ROW_TOO_LONG")


def _too_short(marker: str) -> Row:
    return Row(f"Công ty {marker}", error="ROW_TOO_SHORT")


def _with_nul(marker: str) -> Row:
    return Row(f"Công\0ty,processor,{marker}", error="NUL_CHARACTER")


def _unclosed(marker: str) -> Row:
    return Row(f'"Công ty,processor,{marker}', error="QUOTE_UNCLOSED")
