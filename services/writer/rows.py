"""The rows of a chunk: its records, decoded and in the shape of COPY."""

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from libs.contracts.chunks import Fault, IdMaker, Reject
from libs.contracts.records import ENTITIES, STORED_TYPES, Entity
from libs.jobs.payload import unpack_records
from libs.jobs.reading import Lease

_decoders = {name: msgspec.msgpack.Decoder(list[stored]) for name, stored in STORED_TYPES.items()}  # type: ignore[valid-type]
_raw_decoder = msgspec.msgpack.Decoder(list[dict[str, Any]])


class Row(Struct, gc=False):
    """One record on its way into the database."""

    position: int
    """Its place among the chunk's accepted records."""
    index: int
    """Its place in the request."""
    id: bytes
    own_id: bool
    """Whether the id came with the record."""
    external_id: str | None
    columns: tuple[Any, ...]
    """The entity's columns after the id, in the order of COPY."""
    links: tuple[list[bytes], ...]
    """For each of the entity's links, the ids it refers to."""


class Content(Struct, frozen=True):
    """The accepted records of a chunk."""

    entity: Entity
    rows: list[Row]
    packed: msgspec.Raw

    def raw(self, positions: Sequence[int]) -> list[bytes]:
        """Records as they came, as JSON; slow, for the few that are rejected."""
        records = _raw_decoder.decode(self.packed)
        ids = {self.entity.id_field, *(link.field for link in self.entity.links)}
        return [
            msgspec.json.encode({k: _as_uuid(v) if k in ids else v for k, v in records[p].items()}) for p in positions
        ]

    def rejects(self, faulty: dict[int, list[Fault]], stage: str, *, failed: bool = False) -> list[Reject]:
        """Rejects of the rows at these positions."""
        positions = sorted(faulty)
        return [
            Reject(
                row.index,
                stage,
                faulty[row.position],
                raw,
                str(uuid.UUID(bytes=row.id)),
                row.external_id,
                failed=failed,
            )
            for row, raw in zip(
                (self.rows[p] for p in positions), self.raw(positions) if positions else (), strict=True
            )
        ]


def _as_uuid(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_uuid(item) for item in value]
    return uuid.UUID(bytes=value) if isinstance(value, bytes) else value


def read_rows(lease: Lease) -> Content:
    """Decode the payload of a chunk; a record without an id gets the one that ingest announced."""
    entity = ENTITIES[lease.job.entity]
    packed = unpack_records(lease.payload)
    ids = IdMaker(lease.job.id, lease.job.epoch_ms)
    width = len(entity.columns)
    rows: list[Row] = []
    for position, (index, record) in enumerate(
        zip(packed.indexes, map(msgspec.structs.astuple, _decoders[entity.name].decode(packed.records)), strict=True)
    ):
        own = record[0]
        rows.append(
            Row(position, index, own or ids.bytes(index), own is not None, record[1], record[1:width], record[width:])
        )
    return Content(entity, rows, packed.records)
