"""A load: the rows of a file become records, as batches. What it takes, what it gives, and how it goes on."""

import uuid
from typing import Literal

from msgspec import Struct

from libs.contracts.jobs import Lane, Mode
from libs.contracts.tasks.kinds import Parameters, Stage, TaskKind

EntityName = Literal["processing-activities", "data-categories", "recipients", "data-transfers"]
"""The names of `ENTITIES`."""


class LoadParameters(Parameters, frozen=True, kw_only=True):
    """Load the rows of a file as records."""

    file_id: uuid.UUID
    entity: EntityName
    mapping_id: uuid.UUID | None = None
    """Not needed where every column has a field's own name."""
    mapping_version: int | None = None
    """The newest where none is named, as it is when the load begins."""
    mode: Mode = "insert"
    dry_run: bool = False
    lane: Lane = "normal"
    format: str | None = None
    """What the file is, where its content may be of several formats."""


class SegmentResult(Struct, frozen=True, kw_only=True):
    """What became of some rows of a file, one after the other, which were one batch."""

    number: int
    first_row: int
    """How many rows of the file come before them."""
    rows: int
    job_id: uuid.UUID
    """The batch: a job whose `parent_id` is the load's."""
    records: dict[str, int]
    """As a job's records."""


class LoadResult(Struct, frozen=True, kw_only=True):
    """What became of the rows of a file."""

    records: dict[str, int]
    """As a job's records."""
    segments: int
    by_segment: list[SegmentResult]
    """The first hundred; the load's log has them all."""
    file_sha256: str
    mapping_id: uuid.UUID | None = None
    mapping_version: int | None = None


class LoadState(Struct, frozen=True, kw_only=True):
    """A load's checkpoint: what was pinned at its first run, and how far the file is read.

    What became of the rows read stands in `work.segment`.
    """

    file_sha256: str
    mapping_version: int | None
    reader: int
    """The version of what reads rows and maps them."""
    chunk_records: int
    """How the batches are cut."""
    sheet: str | None
    """The one that is read, of a workbook."""
    offset: int
    line: int
    """Where the next segment begins."""
    segment: int = 0
    """Its number."""
    row: int = 0
    """How many rows of the file come before it."""
    read: bool = False
    """Whether there is none: the file is read to its end."""
    retries: int = 0
    """How often somebody had asked for another try."""
    settled: int = 0
    """How many segments had ended. Writers end them between two runs, too: a load that waits gets on by that."""


LOAD = TaskKind(
    "load",
    LoadParameters,
    LoadResult,
    (
        Stage("open", 1, "Opening the file", "Đang mở tệp"),
        Stage("load", 79, "Loading rows", "Đang nạp các dòng"),
        Stage("settle", 20, "Waiting for the last batches", "Đang chờ các lô cuối"),
    ),
)
