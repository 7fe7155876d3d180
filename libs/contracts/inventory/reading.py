"""The inventory as it is read: which records are asked for, how they are shown, and how they lead to one another."""

import datetime
import functools
import uuid
from typing import Any, cast, get_args, get_type_hints

from msgspec import Struct, UnsetType, defstruct, inspect

from libs.contracts.inventory.records import ENTITIES, Entity

BOOLEANS = ("false", "true")


class Side(Struct, frozen=True):
    """The way from the records of an entity along links to those of another."""

    entity: str
    """Whose records are at the other end."""
    table: str
    """The link table in schema `inventory`."""
    own: str
    """Its column with the id of the record at this end,"""
    other: str
    """and that with the other's; by that name a list is asked for the records that are linked with one."""


class InventoryFilter(Struct, frozen=True, kw_only=True):
    """Which records of an entity are asked for: all of this, where it is given."""

    chosen: dict[str, tuple[str, ...]] = {}
    """By a field of `choices_of`: any of these values."""
    external_id: str | None = None
    linked: dict[str, uuid.UUID] = {}
    """By the `other` of a side: the id that they are linked with."""
    q: str | None = None
    """Words that stand in their names and external ids."""


class LinkedRecord(Struct, frozen=True, kw_only=True):
    """A record at the other end of a link."""

    id: uuid.UUID
    external_id: str | None
    name_vi: str
    name_en: str | None


class LinkedRecords(Struct, frozen=True, kw_only=True):
    """Those of one entity that a record is linked with."""

    entity: str
    records: list[LinkedRecord]
    """The first of them,"""
    more: bool
    """and whether there are others."""
    url: str
    """The list of all of them."""


class LoadedFrom(Struct, frozen=True, kw_only=True):
    """The row of a file that a record was."""

    task_id: uuid.UUID
    """The load."""
    file_id: uuid.UUID
    file_name: str | None
    """Null where the file is forgotten."""
    index: int | None
    """How many rows of the file stand before it, below the header."""
    row: int | str | None
    """Its line in the file, from 1, or `sheet!row`; null where only reading the file again would tell."""


class Origin(Struct, frozen=True, kw_only=True):
    """Where a record came from: the batch that wrote it last."""

    job_id: uuid.UUID
    job_url: str
    created_by: str | None
    """Null where the job is no longer known."""
    index: int | None
    """Its place in the batch, from 0; null where the ledger cannot tell."""
    loaded: LoadedFrom | None
    """Null where the batch was posted and not loaded from a file."""


class StoredRecord(Struct, frozen=True, kw_only=True):
    """What is known of every record beside its members."""

    job_id: uuid.UUID
    """The job that wrote it last."""
    created_at: datetime.datetime
    updated_at: datetime.datetime


class RecordPage(Struct, frozen=True, kw_only=True):
    """Records of one entity, by id, the highest first: of those whose ids were made here, the newest."""

    entity: str
    records: list[Any]
    count: int | None
    """How many there are, on the first page,"""
    more: bool
    """unless it is true that there may be others: no more than 10,000 are counted."""
    next_page_token: str | None
    """Of a search, also where nothing was found yet: a page looks at 10,000 records."""


def _stored(entity: Entity) -> type[StoredRecord]:
    hints = get_type_hints(entity.record, include_extras=True)
    fields = [(name, _without_unset(hints[name])) for name in entity.columns[1:]]
    made = defstruct(
        f"Stored{entity.record.__name__}", [(entity.id_field, uuid.UUID), *fields], bases=(StoredRecord,), frozen=True,
        kw_only=True,
    )  # fmt: skip
    return cast(type[StoredRecord], made)


def _without_unset(kind: Any) -> Any:
    """A field's type in a row: it has a value, or null."""
    parts = [part for part in get_args(kind) if part is not UnsetType]
    return functools.reduce(lambda one, other: one | other, parts) if UnsetType in get_args(kind) else kind


STORED: dict[str, type[StoredRecord]] = {name: _stored(entity) for name, entity in ENTITIES.items()}
"""By entity: a record as it is stored, with all members but lists."""


@functools.cache
def choices_of(entity: Entity) -> dict[str, tuple[str, ...]]:
    """The fields of an entity that have one of a few values, each with these."""
    info = inspect.type_info(entity.record)
    assert isinstance(info, inspect.StructType)
    found: dict[str, tuple[str, ...]] = {}
    for field in info.fields:
        for kind in field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,):
            if isinstance(kind, inspect.LiteralType):
                found[field.name] = tuple(map(str, kind.values))
            elif isinstance(kind, inspect.BoolType):
                found[field.name] = BOOLEANS
    return found


@functools.cache
def sides_of(entity: Entity) -> tuple[Side, ...]:
    """The ways from an entity to others."""
    named = {each.table: each for each in ENTITIES.values()}
    forth = [Side(named[link.target].name, link.table, entity.id_field, link.column) for link in entity.links]
    back = [
        Side(each.name, link.table, link.column, each.id_field)
        for each in ENTITIES.values()
        for link in each.links
        if link.target == entity.table
    ]
    return (*forth, *back)


def names_of(entity: Entity) -> tuple[str, str]:
    """The columns of an entity that name a record, in Vietnamese and in English."""
    vietnamese, english = (
        next(name for name in entity.columns if name.endswith(f"name_{end}")) for end in ("vi", "en")
    )
    return vietnamese, english


def searched_of(entity: Entity) -> tuple[str, ...]:
    """The columns in which words are looked for."""
    return tuple(name for name in entity.columns if name == "external_id" or "name" in name)


def record_url(entity: str, record_id: uuid.UUID) -> str:
    """A record's address."""
    return f"/api/v1/inventory/{entity}/{record_id}"
