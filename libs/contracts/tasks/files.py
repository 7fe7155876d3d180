"""Tasks about files: what each takes, what it gives, and its stages."""

import uuid

from msgspec import Struct

from libs.contracts.jobs import Lane, Mode
from libs.contracts.mappings import Source
from libs.contracts.tasks.kinds import Parameters, Stage, TaskKind


class AnalyzeParameters(Parameters, frozen=True, kw_only=True):
    """Look at a file."""

    file_id: uuid.UUID
    samples: bool = False
    """Whether the result may hold values of the file."""
    source: Source | None = None
    """How to read it, where a person knows better than the first look."""


class ColumnAnalysis(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a column seems to be."""

    index: int
    name: str
    type: str
    """`integer`, `number`, `boolean`, `date`, `uuid`, `text` or `empty`."""
    empty: int
    distinct: int
    """An estimate."""
    longest: int
    """Characters."""
    shape: str = ""
    """The commonest pattern of its values: `9` for digits, `a` for letters, the rest as it is."""
    personal_data: str | None = None
    """What personal data it seems to hold, by its name or the pattern of its values."""
    samples: list[str] = []


class AnalyzeResult(Struct, frozen=True, kw_only=True):
    """What is in a file."""

    file_id: uuid.UUID
    format: str
    source: Source
    certain: bool
    """False where a person has to agree to the encoding."""
    rows: int
    faulty_rows: int
    columns: list[ColumnAnalysis]
    sheets: list[str] = []


ANALYZE = TaskKind(
    "analyze",
    AnalyzeParameters,
    AnalyzeResult,
    (
        Stage("look", 1, "Looking at the file", "Đang xem tệp"),
        Stage("read", 19, "Reading its rows", "Đang đọc các dòng"),
    ),
)


class LoadParameters(Parameters, frozen=True, kw_only=True):
    """Load the rows of a file as records."""

    file_id: uuid.UUID
    entity: str
    mapping_id: uuid.UUID | None = None
    """Not needed where every column has a field's own name."""
    mapping_version: int | None = None
    """Pinned when the task is opened."""
    mode: Mode = "insert"
    dry_run: bool = False
    lane: Lane = "normal"
    format: str | None = None


class LoadResult(Struct, frozen=True, kw_only=True):
    """What became of the rows of a file."""

    records: dict[str, int]
    """As a job's records."""
    segments: int
    mapping_id: uuid.UUID | None = None
    mapping_version: int | None = None


LOAD = TaskKind(
    "load",
    LoadParameters,
    LoadResult,
    (
        Stage("open", 1, "Opening the file", "Đang mở tệp"),
        Stage("load", 97, "Loading rows", "Đang nạp các dòng"),
        Stage("settle", 2, "Waiting for the last batches", "Đang chờ các lô cuối"),
    ),
)
