"""What the API takes and gives about mappings."""

import datetime
import uuid
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from libs.contracts.files.mappings import (
    Alternative,
    By,
    ColumnMapping,
    MappingStatus,
    MappingSummary,
    Operation,
    Source,
    StoredMapping,
)
from libs.contracts.texts import worded


class ColumnPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change of one column."""

    index: int
    target: str | UnsetType | None = UNSET
    """null leaves the column out."""
    operations: list[Operation] | UnsetType = UNSET
    """Where only the target changes: those that it needs."""


class MappingPatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change of a mapping; what is not named stays."""

    source: Source | UnsetType = UNSET
    columns: list[ColumnPatch] = []
    constants: dict[str, Any] | UnsetType = UNSET
    """All constants there are to be."""


class NewMappingBody(MappingPatch, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mapping that is made by hand: of a file's columns, all of which are left out but for those that are named."""

    file_id: uuid.UUID
    entity: str | None = None
    reference_file_id: uuid.UUID | None = None
    """Another file, whose columns are the targets; in place of an entity."""


class ColumnView(Struct, frozen=True, kw_only=True):
    """What one column becomes."""

    index: int
    name: str
    target: str | None
    operations: list[Operation]
    confidence: float
    by: By
    reason: str
    reason_vi: str
    alternatives: list[Alternative]


class MappingLinks(Struct, frozen=True, kw_only=True):
    """Where to go from a mapping."""

    self: str
    preview: str
    approve: str


class MappingView(Struct, frozen=True, kw_only=True):
    """One version of a mapping."""

    mapping_id: uuid.UUID
    version: int
    status: MappingStatus
    entity: str | None
    file_id: uuid.UUID | None
    reference_file_id: uuid.UUID | None
    source: Source
    columns: list[ColumnView]
    constants: dict[str, Any]
    unmapped: list[str]
    """Fields that every record must have and that nothing gives."""
    targets: list[str]
    """The columns of the other file, where that is what columns become."""
    created_by: str
    created_at: datetime.datetime
    links: MappingLinks


class MappingListItem(Struct, frozen=True, kw_only=True):
    """A mapping in a list: its newest version, without its columns."""

    mapping_id: uuid.UUID
    version: int
    status: MappingStatus
    entity: str | None
    file_id: uuid.UUID | None
    created_by: str
    created_at: datetime.datetime
    links: MappingLinks


class MappingPage(Struct, frozen=True):
    """Mappings, newest first."""

    mappings: list[MappingListItem]
    next_page_token: str | None


class CellError(Struct, frozen=True, kw_only=True):
    """What is wrong with a row."""

    code: str
    pointer: str
    """Into the record; empty for the row as a whole."""
    column: str | None
    """The column that it came from, by its name."""
    error: str
    error_vi: str


class PreviewRow(Struct, frozen=True, kw_only=True):
    """A row before and after."""

    row: int
    """Its line or its number in the sheet, from 1."""
    cells: list[str]
    """As the file has them; long ones are cut."""
    record: Any
    """What it becomes; null where it becomes nothing."""
    errors: list[CellError]


class Preview(Struct, frozen=True, kw_only=True):
    """The first rows of a mapping's file."""

    mapping_id: uuid.UUID
    version: int
    header: list[str]
    rows: list[PreviewRow]


def links_of(mapping_id: uuid.UUID) -> MappingLinks:
    """Where to go from a mapping."""
    base = f"/api/v1/mappings/{mapping_id}"
    return MappingLinks(self=base, preview=f"{base}/preview", approve=f"{base}/approve")


def mapping_view(stored: StoredMapping) -> MappingView:
    """A version as the API shows it."""
    content = stored.content
    return MappingView(
        mapping_id=stored.mapping_id, version=stored.version, status=stored.status, entity=content.entity,
        file_id=stored.file_id, reference_file_id=content.reference_file_id, source=content.source,
        columns=list(map(_column_view, content.columns)), constants=content.constants, unmapped=content.unmapped,
        targets=content.targets, created_by=stored.created_by, created_at=stored.created_at,
        links=links_of(stored.mapping_id),
    )  # fmt: skip


def _column_view(column: ColumnMapping) -> ColumnView:
    reason, reason_vi = worded(column.reason or "NOT_MAPPED")
    return ColumnView(**{**msgspec.structs.asdict(column), "reason": reason, "reason_vi": reason_vi})


def list_item(summary: MappingSummary) -> MappingListItem:
    """A mapping as a list shows it."""
    return MappingListItem(**msgspec.structs.asdict(summary), links=links_of(summary.mapping_id))
