"""Cuts a validated batch into chunks: a chunk is a run of the request's records, accepted and rejected ones."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import msgspec
from msgspec.structs import replace

from libs.contracts import binary
from libs.contracts.chunks import ChunkRecords, IdMaker, Span
from libs.contracts.inventory.records import Entity, Record
from libs.contracts.inventory.rows import count_links, count_names, encode_links, encode_names, encode_rows, values_of
from libs.intake.validation.judging import Batch
from libs.intake.validation.presence import came_with_any, presence
from libs.jobs.payload import pack_records, pack_rejects
from libs.jobs.values import ChunkBlob

CHUNK_BYTES = 8 * 1024 * 1024
"""Of records as JSON: a chunk of more is cut, so that a writer's memory and a transaction's length are bounded."""
NAME_BYTES = 40
"""What an external id in a list weighs beside its letters: however short it is, a writer has objects for it."""
ID_BYTES = len('"0190c8de-0000-7000-8000-00000000000a",')
LONG_TEXT = 100
"""Characters; what goes with shorter ones is not worth the copy."""

_encoder = msgspec.json.Encoder()


def chunk_size(batch: Batch, most: int) -> int:
    """How many records the chunks of a batch have, `most` at most: halved until each chunk is small enough.

    The same request always gives the same number, and all chunks but the last are of one size.
    """
    if batch.size + NAME_BYTES * count_names(batch.entity, batch.records) <= CHUNK_BYTES:
        return most
    ends = [0, *accumulate(_weights(batch))]
    while most > 1 and any(
        ends[min(at + most, batch.total)] - ends[at] > CHUNK_BYTES for at in range(0, batch.total, most)
    ):
        most = -(-most // 2)
    return most


def _weights(batch: Batch) -> list[int]:
    """What each record weighs, in the order of the request."""
    weights = [0] * batch.total
    for index, record in zip(batch.indexes, batch.records, strict=True):
        weights[index] = _json_bytes(record) + NAME_BYTES * count_names(batch.entity, [record])
    for reject in batch.rejects:
        weights[reject.index] = len(reject.raw)
    return weights


def _json_bytes(record: Record) -> int:
    """The length of a record as JSON, whose long texts are copied for it: msgspec leaves its UTF-8 with each text."""
    members = {name: getattr(record, name) for name in record.__struct_fields__}
    copies = {name: f"{text} " for name, text in members.items() if isinstance(text, str) and len(text) > LONG_TEXT}
    lists = [name for name, value in members.items() if isinstance(value, bytes)]
    bare = len(_encoder.encode(replace(record, **copies, **dict.fromkeys(lists)))) - len(copies)
    return bare + sum(_list_bytes(members[name]) - len("null") for name in lists)


def _list_bytes(packed: bytes) -> int:
    """The length of a list of ids as JSON."""
    return max(len("[]"), len(packed) // binary.UUID_FIELD * ID_BYTES + 1)


def spans(total: int, *, chunk_records: int, whole: bool) -> list[Span]:
    """The chunks of a request. The same request always gives the same ones; `whole` asks for a single one."""
    size = total if whole else chunk_records
    return [Span(first, min(first + size, total)) for first in range(0, total, size)]


def pack(batch: Batch, chunks: Sequence[Span], ids: IdMaker, *, accept: bool, patch: bool = False) -> list[ChunkBlob]:
    """The payloads of a batch's chunks; without `accept`, only what was rejected goes in.

    `patch` says that stored rows may be changed.
    """
    reject_indexes = [reject.index for reject in batch.rejects]
    blobs: list[ChunkBlob] = []
    for span in chunks:
        low, high = (bisect_left(batch.indexes, edge) for edge in (span.first, span.end))
        bad = batch.rejects[bisect_left(reject_indexes, span.first) : bisect_left(reject_indexes, span.end)]
        kept = slice(low, high) if accept else slice(0, 0)
        records = chunk_content(batch.entity, ids, batch.indexes[kept], batch.records[kept], patch=patch)
        size, links = span.end - span.first, count_links(records.links.values(), records.names.values())
        blobs.append(ChunkBlob(size, len(bad), pack_records(records), pack_rejects(bad), links))
    return blobs


def chunk_content(
    entity: Entity, ids: IdMaker, indexes: Sequence[int], records: Sequence[Any], *, patch: bool = False
) -> ChunkRecords:
    """Accepted records as they travel; one that came without an id gets the id that `ids` makes.

    With `patch`, stored rows may be changed, and it is told which members came.
    """
    given = [getattr(record, entity.id_field) for record in records]
    own = [each is not None for each in given]
    made = ids.all_bytes(indexes)
    if any(own):
        made = [made[place] if each is None else each.bytes for place, each in enumerate(given)]
    values = came_with_any(values_of(entity, records))
    present = presence(values) if patch else []
    return ChunkRecords(
        (entity.id_field, *(name for name in entity.columns if name in values)),
        list(indexes),
        own,
        encode_rows(entity, made, values),
        encode_links(entity, values, empty=patch),
        present,
        encode_names(entity, values, empty=patch),
    )
