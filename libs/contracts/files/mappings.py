"""A mapping: how the columns of a file become the fields of a record. The API shows it as it is stored."""

import datetime
import uuid
from typing import Any, Literal

from msgspec import Struct, field

MOST_TITLES = 1_000
"""Rows among which the header is."""

OperationName = Literal["trim", "split", "date", "number", "boolean", "value_map", "lookup", "join", "default"]
MappingStatus = Literal["proposed", "approved"]
By = Literal["exact", "synonym", "history", "similarity", "shape", "ai", "person"]


class Operation(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One step from a cell's text to a field's value; which members count, its name decides."""

    op: OperationName
    separator: str | None = None
    """split, join: what stands between the parts; split without one takes `,`, `;` and line ends."""
    formats: list[str] = []
    """date: as `strptime` has them, tried in turn."""
    unit: Literal["months"] | None = None
    """number: words of time count as so many months (`2 năm` is 24)."""
    map: dict[str, Any] = {}
    """value_map: from a cell's text to a value, whatever its case and diacritics; others stay as they are."""
    columns: list[int] = []
    """join: the columns that follow this one, by index."""
    value: Any = None
    """default: what an empty cell stands for."""


class Alternative(Struct, frozen=True):
    """Another field that a column may be."""

    target: str
    confidence: float


class ColumnMapping(Struct, frozen=True, kw_only=True):
    """What one column becomes."""

    index: int
    name: str
    """As the header has it; columns are told apart by their index, since names repeat."""
    target: str | None = None
    """A field of the record; None where the column is left out."""
    operations: list[Operation] = []
    confidence: float = 0.0
    by: By = "exact"
    reason: str = ""
    """A code of the catalogue: why this field."""
    alternatives: list[Alternative] = []


class Source(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How the file is to be read; what is not said is found out from the file."""

    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    """The row that holds the names, from 1: of a sheet by its number, of delimited text not counting blank lines."""
    sheet: str | None = None
    """A sheet of a workbook; in a scanner's own format, which holds several kinds of records, an entity."""


class Mapping(Struct, frozen=True, kw_only=True):
    """A mapping's content, of one version."""

    entity: str | None
    """The kind of record; None where the columns are matched with another file's."""
    source: Source = Source()
    columns: list[ColumnMapping] = []
    constants: dict[str, Any] = field(default_factory=dict)
    """Fields that have the same value in every record."""
    unmapped: list[str] = []
    """Required fields that no column and no constant gives."""
    reference_file_id: uuid.UUID | None = None
    """The other file, if there is one."""
    targets: list[str] = []
    """Its columns, in order: what these columns may become."""


class StoredMapping(Struct, frozen=True, kw_only=True):
    """One version of a mapping, as its store has it; a version never changes."""

    tenant_id: uuid.UUID
    mapping_id: uuid.UUID
    version: int
    """From 1 on; changing and approving both make the next one."""
    status: MappingStatus
    content: Mapping
    file_id: uuid.UUID | None
    """The file that it was made for."""
    created_by: str
    created_at: datetime.datetime
    """Both of this version."""


class MappingSummary(Struct, frozen=True, kw_only=True):
    """A mapping in a list, without its columns: its newest version."""

    mapping_id: uuid.UUID
    version: int
    status: MappingStatus
    entity: str | None
    file_id: uuid.UUID | None
    created_by: str
    created_at: datetime.datetime
