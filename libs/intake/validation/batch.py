"""Validates a batch: decoded piece by piece where all of it decodes, else record by record.

What is to be said of a single record is said by `record_check`. A record is read by it only if it does not decode, or
if a text of it is not in order or a list not of ids; a choice that nobody knows is the fault that whole registers have,
and has a way of its own. All records that decode are of one struct: the one without the members that come seldom, where
none has any.
"""

import gc
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from libs.contracts.chunks import Reject
from libs.contracts.inventory.records import Entity
from libs.contracts.inventory.rows import count_names
from libs.contracts.inventory.usual import usual_record, whole_record
from libs.contracts.refusals import Refusal
from libs.intake.validation.bodies import PIECE_LINES, UNDECODABLE, decoded, decoded_each, split, without_mark
from libs.intake.validation.judging import Batch, judged, looked_at


class Verdict(Struct, frozen=True):
    """What is kept of a batch once it is stored, while its client waits: what the answer is worded from."""

    entity: Entity
    total: int
    indexes: Sequence[int]
    own_ids: list[uuid.UUID | None]
    """By accepted record: the id that came with it."""
    first_rejects: list[Reject]
    """Those with the first errors; without what came."""
    rejected: int


MOST_NAMES = 1_000_000
"""External ids that the lists of a large batch may hold: the shortest take twenty times their bytes as objects."""
LARGE_BODY = 8 * 1024 * 1024
MOST_ERRORS = 100
"""Errors that an answer shows."""

_decoding = threading.Lock()


@contextmanager
def decoding_slot() -> Iterator[None]:
    """Lets one batch at a time be decoded and packed in a process, with the garbage collector off.

    The interpreter runs one thread anyway; one at a time bounds the memory, and the collector would double the cost
    by walking records that all stay alive.
    """
    with _decoding:
        gc.disable()
        try:
            yield
        finally:
            gc.enable()


def validate(entity: Entity, kind: str, body: bytes) -> Batch:
    """Validate a body of JSON or NDJSON. Raises Refusal where it is no list of 1 to `max_records` records."""
    body = without_mark(body)
    batch = None if _may_be_dense(entity, body) else _decoded_whole(entity, kind, body)
    if batch is None:
        raws = split(entity, kind, body)
        _check_count(entity, len(raws))
        batch = each_record(entity, raws)
    _check_form(kind, batch)
    return replace(batch, size=len(body))


def _decoded_whole(entity: Entity, kind: str, body: bytes) -> Batch | None:
    """The batch of a body where all records decode, as one struct; else None."""
    for record in (usual_record(entity), whole_record(entity)):
        try:
            records, again = looked_at(entity, decoded(entity, record, kind, body))
        except UNDECODABLE:
            continue
        _check_count(entity, len(records))
        return judged(entity, record, records, again, lambda: split(entity, kind, body))
    return None


def decoded_as_whole(entity: Entity, raws: Sequence[bytes]) -> Batch | None:
    """The batch of records that are known to be few, where all of them decode; else None."""
    for kind in (usual_record(entity), whole_record(entity)):
        with suppress(*UNDECODABLE):
            records, again = looked_at(entity, decoded_each(kind, raws))
            return judged(entity, kind, records, again, lambda: raws)
    return None


def _may_be_dense(entity: Entity, body: bytes) -> bool:
    """Whether so much may stand in lists of external ids that they are counted while records are decoded."""
    return bool(entity.links) and len(body) > LARGE_BODY and body.count(b",") > MOST_NAMES


def verdict_on(batch: Batch) -> Verdict:
    """What answers are worded from: the records may be let go."""
    own_ids = list(map(attrgetter(batch.entity.id_field), batch.records))
    first = [replace(reject, raw=b"") for reject in batch.rejects[:MOST_ERRORS]]
    return Verdict(batch.entity, batch.total, batch.indexes, own_ids, first, len(batch.rejects))


def _check_count(entity: Entity, count: int) -> None:
    if count == 0:
        raise Refusal("EMPTY_BATCH", limit=entity.max_records)
    if count > entity.max_records:
        raise Refusal("TOO_MANY_RECORDS", limit=entity.max_records)


def _check_form(kind: str, batch: Batch) -> None:
    malformed = [reject for reject in batch.rejects if reject.faults[0].code == "RECORD_MALFORMED"]
    if len(malformed) == batch.total:
        raise Refusal("MALFORMED_BODY", format=kind)


def each_record(entity: Entity, raws: Sequence[bytes]) -> Batch:
    """The batch of some records, each decoded alone. Raises Refusal where they hold too many external ids."""
    records = _decode_each(entity, raws)
    places = [index for index, record in enumerate(records) if record is not None]
    pieces = (places[at : at + PIECE_LINES] for at in range(0, len(places), PIECE_LINES))
    _, unlike = looked_at(entity, ([records[place] for place in piece] for piece in pieces))
    again = sorted({*range(len(records))} - {*places} | {places[place] for place in unlike})
    return judged(entity, whole_record(entity), records, again, lambda: raws)


def _decode_each(entity: Entity, raws: Sequence[bytes]) -> list[Any]:
    """Each record, or None where it does not decode. Raises Refusal where they hold too many external ids."""
    decode = msgspec.json.Decoder(whole_record(entity)).decode
    records: list[Any] = []
    named = 0
    countable = sum(map(len, raws)) > LARGE_BODY
    for raw in raws:
        try:
            record = decode(raw)
        except UNDECODABLE:
            records.append(None)
            continue
        records.append(record)
        named += count_names(entity, [record]) if countable else 0
        if named > MOST_NAMES:
            raise Refusal("TOO_MANY_NAMES", limit=MOST_NAMES)
    return records
