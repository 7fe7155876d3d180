"""Validates a batch: decoded as a whole where all of it decodes, else record by record.

What is to be said of a single record is said by `record_check`. A record is read by it only if it does not decode or
if a text of it is not in order; a choice that nobody knows is the fault that whole registers have, and has a way of its
own. All records that decode are of one struct: the one without the members that come seldom, where none has any.
"""

import gc
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import compress
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from libs.contracts.chunks import Fault, Reject
from libs.contracts.inventory.records import Entity, Record
from libs.contracts.inventory.rows import count_names
from libs.contracts.inventory.usual import usual_record, whole_record
from libs.contracts.refusals import Refusal
from libs.intake.validation.bodies import UNDECODABLE, decode_whole, split, without_mark
from libs.intake.validation.columns import has_repeats, in_disorder, repeats, unknown_choices
from libs.intake.validation.large_records import LARGE_RECORD
from libs.intake.validation.record_check import Reading, own_id, read_record


class Batch(Struct, frozen=True):
    """A validated request: accepted records with their places, and rejected ones."""

    entity: Entity
    total: int
    indexes: Sequence[int]
    """The places of the accepted records in the request, ascending."""
    records: list[Any]
    rejects: list[Reject]
    """Ascending by index."""
    size: int = 0
    """Bytes of the body."""
    decoded: Sequence[Any] = ()
    """All records as they decoded. Were the others let go earlier, what is packed would lie scattered in their place,
    which takes a fifth longer."""


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
SHORTEST_NAME = len('"a",')
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
    records = None if _may_be_dense(entity, body) else decode_whole(entity, kind, body)
    if records is None:
        raws = split(entity, kind, body)
        _check_count(entity, len(raws))
        batch = each_record(entity, raws)
    else:
        _check_count(entity, len(records))
        batch = _judged(entity, type(records[0]), records, lambda: split(entity, kind, body))
    _check_form(kind, batch)
    return replace(batch, size=len(body))


def decoded_as_whole(entity: Entity, raws: Sequence[bytes]) -> Batch | None:
    """The batch of records that are known to be few, where all of them decode; else None."""
    for kind in (usual_record(entity), whole_record(entity)):
        with suppress(*UNDECODABLE):
            return _judged(entity, kind, list(map(msgspec.json.Decoder(kind).decode, raws)), lambda: raws)
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
    return _judged(entity, whole_record(entity), _decode_each(entity, raws), lambda: raws)


def _judged(entity: Entity, kind: type[Record], records: list[Any], raws_of: Callable[[], Sequence[bytes]]) -> Batch:
    """The batch of records as they decode, None for such as do not; `kind` is their struct."""
    again, wrong = _to_be_read_again(entity, records), unknown_choices(entity, kind, records)
    if not again and not wrong and not has_repeats(entity, records):
        return Batch(entity, len(records), range(len(records)), records, [])
    raws = raws_of()
    readings = {index: _of_choices(entity, raws[index], records[index], faults) for index, faults in wrong.items()}
    readings |= {index: read_record(entity.record, raws[index], kind) for index in again}
    read = list(records)
    for index, reading in readings.items():
        read[index] = reading.record
    readings |= {index: _of_repeat(entity, read[index], faults) for index, faults in repeats(entity, read).items()}
    rejects = [_reject(index, raws[index], reading) for index, reading in sorted(readings.items()) if reading.faults]
    bad = {reject.index for reject in rejects}
    accepted = [index not in bad for index in range(len(read))]
    indexes = list(compress(range(len(read)), accepted))
    return Batch(entity, len(read), indexes, list(compress(read, accepted)), rejects, decoded=records)


def _decode_each(entity: Entity, raws: Sequence[bytes]) -> list[Any]:
    """Each record, or None where it does not decode. Raises Refusal where they hold too many external ids."""
    decode = msgspec.json.Decoder(whole_record(entity)).decode
    records: list[Any] = []
    named = 0
    countable = sum(map(len, raws)) > MOST_NAMES * SHORTEST_NAME
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


def _to_be_read_again(entity: Entity, records: Sequence[Any]) -> list[int]:
    """The places of records that do not decode or whose texts are not in order; most often all texts are."""
    if all(records):
        return in_disorder(entity, records)
    places = [index for index, record in enumerate(records) if record is not None]
    disorder = in_disorder(entity, list(filter(None, records)))
    undecoded = [index for index, record in enumerate(records) if record is None]
    return undecoded + [places[place] for place in disorder]


def _of_choices(entity: Entity, raw: bytes, record: Any, faults: list[Fault]) -> Reading:
    """What is to be said of a record in which nothing but choices is wrong."""
    own = getattr(record, entity.id_field)
    return Reading(None, faults, own and own_id(entity.record, raw), record.external_id or None)


def _of_repeat(entity: Entity, record: Any, faults: list[Fault]) -> Reading:
    own = getattr(record, entity.id_field)
    return Reading(None, faults, str(own) if own else None, record.external_id or None)


def _reject(index: int, raw: bytes, reading: Reading) -> Reject:
    """A record that is refused, as it came unless it is larger than any good one: that would only fill the stores."""
    kept = b"" if len(raw) > LARGE_RECORD else raw.strip()
    return Reject(index, "validate", reading.faults, kept, reading.id, reading.external_id)
