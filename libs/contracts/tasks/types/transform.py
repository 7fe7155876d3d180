"""A transform: a file's rows, mapped, as another file."""

import uuid
from typing import Literal

from msgspec import Struct

from libs.contracts.files.mapping_bodies import CellError
from libs.contracts.tasks.kinds import Parameters, Stage, TaskKind

MOST_SHEET_ROWS = 1_048_576
"""As many as a sheet of a workbook has, the header among them."""


class TransformParameters(Parameters, frozen=True, kw_only=True):
    """Make another file of a file's rows."""

    file_id: uuid.UUID
    mapping_id: uuid.UUID
    mapping_version: int | None = None
    """The newest where none is named, as it is when the transform begins."""
    format: Literal["csv", "ndjson", "xlsx"] = "csv"


class RowError(CellError, frozen=True, kw_only=True):
    """What is wrong with a row of the file."""

    row: int
    """Its line, or its number in the sheet, from 1."""


class TransformResult(Struct, frozen=True, kw_only=True):
    """What became of the rows of a file."""

    result_file_id: uuid.UUID
    rejects_file_id: uuid.UUID | None
    """The rejected rows in the file's own form, byte for byte; None where there are none."""
    rows: int
    written: int
    rejected: int
    errors: list[RowError]
    """The first hundred."""
    mapping_id: uuid.UUID
    mapping_version: int


class TransformState(Struct, frozen=True, kw_only=True):
    """A transform's checkpoint: what was pinned at its first run, and how far it is."""

    file_sha256: str
    mapping_version: int
    reader: int
    """The version of what reads rows and maps them."""
    offset: int
    line: int
    """Where the next rows begin."""
    result_bytes: int = 0
    rejects_bytes: int = 0
    """What was written of both files before them."""
    generation: int = 0
    """How often what was made has got lost, so that it had to be made anew."""
    rows: int = 0
    rejected: int = 0
    errors: list[RowError] = []


TRANSFORM = TaskKind(
    "transform",
    TransformParameters,
    TransformResult,
    (
        Stage("open", 1, "Opening the file", "Đang mở tệp"),
        Stage("write", 94, "Writing rows", "Đang ghi các dòng"),
        Stage("end", 5, "Ending the new file", "Đang hoàn tất tệp mới"),
    ),
)
