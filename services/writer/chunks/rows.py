"""The rows of a chunk: its accepted records in the shape of COPY."""

import uuid
from itertools import repeat, starmap

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from libs.contracts.binary import UUID_FIELD
from libs.contracts.chunks import ChunkRecords, Fault, Reject
from libs.contracts.records import ENTITIES, Entity
from libs.contracts.rows import ID, decode_row, external_id, join_ids, split_ids
from libs.jobs.payload import unpack_records
from libs.jobs.reading import Lease


class Row(Struct, gc=False):
    """One record on its way into the database."""

    position: int
    """Its place among the chunk's accepted records."""
    index: int
    """Its place in the request."""
    own_id: bool
    """Whether the id came with the record."""
    data: bytes
    """The entity's columns in the format of COPY; `libs.contracts.rows` reads them."""
    links: tuple[bytes, ...]
    """For each of the entity's links, the ids it refers to, as uuid fields."""

    @property
    def id(self) -> bytes:
        """The record's id, 16 bytes."""
        return self.data[ID]

    @property
    def external_id(self) -> str | None:
        """The name that the scanner gave the record."""
        return external_id(self.data)


def without_repeats(row: Row) -> Row:
    """A row whose lists are sets, and sorted, so that equal sets are equal bytes."""
    return replace(row, links=tuple(map(_as_set, row.links)))


def _as_set(ids: bytes) -> bytes:
    return join_ids(sorted(set(split_ids(ids)))) if len(ids) > UUID_FIELD else ids


class Content:
    """The accepted records of a chunk. Raises ValueError where their parts do not fit together."""

    def __init__(self, entity: Entity, packed: ChunkRecords) -> None:
        self.entity = entity
        self.columns = packed.columns
        linked = [packed.links.get(link.field) for link in entity.links]
        self.targets = [ids.targets if ids else b"" for ids in linked]
        """For each of the entity's links, the distinct ids that the records refer to, as uuid fields."""
        self._any_own = any(packed.own_ids)
        size = len(packed.rows)
        lists = zip(*(ids.lists if ids else repeat(b"", size) for ids in linked), strict=True)
        fields = (range(size), packed.indexes, packed.own_ids, packed.rows, lists if linked else repeat((), size))
        self.rows = list(starmap(Row, zip(*fields, strict=True)))

    def own_ids(self) -> dict[int, bytes]:
        """The ids that came with records, by index; most often none did, and then nothing is looked at."""
        return {row.index: row.id for row in self.rows if row.own_id} if self._any_own else {}

    def raw(self, row: Row) -> bytes:
        """A record as it came, as JSON, or nothing where its bytes are none; slow, for the few that are rejected."""
        try:
            values = decode_row(self.entity, self.columns, row.data)
        except (ValueError, OverflowError):
            return b""
        if not row.own_id:
            values.pop(self.entity.id_field, None)
        for link, ids in zip(self.entity.links, row.links, strict=True):
            values[link.field] = [uuid.UUID(bytes=target) for target in split_ids(ids)]
        # What was not sent is not shown either: a list is empty by default, and a flag is false.
        return msgspec.json.encode(
            {name: value for name, value in values.items() if not (value is False or value == [])}
        )

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
                row.external_id,
                failed=failed,
            )
            for row in rows
        ]


def read_content(lease: Lease) -> Content:
    """Unpack the records of a chunk."""
    return Content(ENTITIES[lease.job.entity], unpack_records(lease.payload))
