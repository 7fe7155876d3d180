"""An analysis: what is in a file."""

import uuid

from msgspec import Struct

from libs.contracts.files.mappings import Source
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
