"""The rows of a chunk: its accepted records in the shape of COPY."""

import uuid
from itertools import repeat, starmap
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from libs.contracts import binary
from libs.contracts.chunks import ChunkRecords, Fault, Reject
from libs.contracts.inventory.records import ENTITIES, Entity, Link
from libs.contracts.inventory.rows import ID, LinkedIds, LinkedNames, decode_row, join_ids, split_ids
from libs.jobs.payload import unpack_records
from libs.jobs.reading import Lease

EXTERNAL_ID = "external_id"
FINGERPRINT = "fingerprint"
SHAPES = 256
"""Whose statements are kept; clients decide which members their records have."""


class Shape(Struct, frozen=True):
    """What the rows of a chunk hold; the SQL that writes them is made for it."""

    entity: Entity
    columns: tuple[str, ...]
    """The id first."""
    links: tuple[Link, ...]
    """The entity's links that the records speak of."""
    lists: tuple[str, ...]
    """The lists in which they do: of ids, and then of external ids."""
    masked: bool
    """Whether the rows say which of this came with each of them; else all of it did, with all."""

    @property
    def members(self) -> tuple[str, ...]:
        """What the bits of `Row.present` stand for, from the lowest."""
        return (*self.columns[1:], *self.lists)


class Row(Struct, gc=False):
    """One record on its way into the database."""

    position: int
    """Its place among the chunk's accepted records."""
    index: int
    """Its place in the request."""
    own_id: bool
    """Whether the id came with the record."""
    data: bytes
    """The columns in the format of COPY; `libs.contracts.inventory.rows` reads them."""
    links: tuple[bytes, ...]
    """For each of the shape's links, the ids it refers to, as uuid fields; those of names once they are found."""
    present: int = -1
    """A bit for each member that came."""
    fingerprint: bytes = b""
    """Of what came, as a uuid field; nothing where the row is not to be known again by it."""

    @property
    def id(self) -> bytes:
        """The record's id, 16 bytes."""
        return self.data[ID]


def without_repeats(row: Row) -> Row:
    """A row whose lists are sets, and sorted, so that equal sets are equal bytes."""
    return replace(row, links=tuple(map(_as_set, row.links)))


def _as_set(ids: bytes) -> bytes:
    return join_ids(sorted(set(split_ids(ids)))) if len(ids) > binary.UUID_FIELD else ids


class Content:
    """The accepted records of a chunk. Raises ValueError where their parts do not fit together.

    `patch` says that they may change stored rows.
    """

    def __init__(self, entity: Entity, packed: ChunkRecords, *, patch: bool) -> None:
        self._patch = patch
        size = len(packed.rows)
        links = tuple(link for link in entity.links if link.field in packed.links or link.names in packed.names)
        fields = [*(link.field for link in entity.links), *(link.names for link in entity.links)]
        lists = tuple(name for name in fields if name in packed.links or name in packed.names)
        self.shape = Shape(entity, packed.columns, links, lists, bool(packed.present))
        no_ids, no_names = LinkedIds([b""] * size, b""), LinkedNames([0] * size, [[]], [])
        self.linked = [packed.links.get(link.field, no_ids) for link in links]
        """For each of the shape's links, the ids that the records refer to."""
        self.named = [packed.names.get(link.names, no_names) for link in links]
        """For each of the shape's links, the external ids that the records refer to."""
        self._any_own = any(packed.own_ids)
        linked = zip(*(ids.lists for ids in self.linked), strict=True) if links else repeat((), size)
        present = packed.present or repeat(-1, size)
        parts = (range(size), packed.indexes, packed.own_ids, packed.rows, linked, present)
        self.rows = list(starmap(Row, zip(*parts, strict=True)))

    def own_ids(self) -> dict[int, bytes]:
        """The ids that came with records, by index; most often none did, and then nothing is looked at."""
        return {row.index: row.id for row in self.rows if row.own_id} if self._any_own else {}

    def external_id(self, row: Row) -> str | None:
        """The name that the scanner gave the record: where it is a column, it is the one after the id."""
        if self.shape.columns[1:2] != (EXTERNAL_ID,):
            return None
        name = next(binary.fields(row.data[binary.UUID_FIELD :]), None)
        return None if name is None else name.decode(errors="replace")

    def raw(self, row: Row) -> bytes:
        """A record as it came, as JSON, or nothing where its bytes are none; slow, for the few that are rejected."""
        try:
            values = decode_row(self.shape.entity, self.shape.columns, row.data)
        except (ValueError, OverflowError):
            return b""
        for link, ids, names in zip(self.shape.links, self.linked, self.named, strict=True):
            values[link.field] = [uuid.UUID(bytes=target) for target in split_ids(ids.lists[row.position])]
            values[link.names] = names.of(row.position)
        return msgspec.json.encode(self._as_it_came(row, values))

    def _as_it_came(self, row: Row, values: dict[str, Any]) -> dict[str, Any]:
        """What was not sent is not shown either; where stored rows may be changed, null was sent as such."""
        shape = self.shape
        own = [shape.entity.id_field] if row.own_id else []
        if self._patch:
            came = [name for place, name in enumerate(shape.members) if row.present >> place & 1]
            return {name: values.get(name) for name in own + came}
        kept = [name for name in shape.members if values.get(name) not in (None, False, [])]
        return {name: values[name] for name in own + kept}

    def rejects(self, faulty: dict[int, list[Fault]], stage: str, *, failed: bool = False) -> list[Reject]:
        """Rejects of the rows at these positions."""
        rows = [self.rows[position] for position in sorted(faulty)]
        return [
            Reject(
                row.index,
                stage,
                faulty[row.position],
                self.raw(row),
                str(uuid.UUID(bytes=row.id)),
                self.external_id(row),
                failed=failed,
            )
            for row in rows
        ]


def read_content(lease: Lease) -> Content:
    """Unpack the records of a chunk."""
    return Content(ENTITIES[lease.job.entity], unpack_records(lease.payload), patch=lease.job.mode == "upsert")
