"""Validates a batch: a whole valid batch in one typed decode, anything else record by record.

The fast path takes a batch only if every record decodes and every text is in order already. It therefore accepts
nothing that the slow path would refuse or change. Its records are of one struct: the one without the members that come
seldom, where none of them has any.
"""

import gc
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from itertools import chain, compress
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Struct, inspect
from msgspec.structs import replace

from libs.contracts.chunks import Fault, Reject
from libs.contracts.inventory.normal_form import is_tidy
from libs.contracts.inventory.records import Entity, Record
from libs.contracts.inventory.rows import count_names, name_lists
from libs.contracts.inventory.usual import usual_record
from libs.contracts.refusals import Refusal
from libs.intake.validation.bodies import UNDECODABLE, decode_whole, split, without_mark
from libs.intake.validation.large_records import LARGE_RECORD
from libs.intake.validation.record_check import Reading, read_record


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
AT_ONCE = 1_000
"""Records whose texts are looked at together."""
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
    fast = None if _may_be_dense(entity, body) else decode_whole(entity, kind, body)
    if fast is not None:
        _check_count(entity, len(fast))
        if _is_whole(entity, fast):
            return Batch(entity, len(fast), range(len(fast)), fast, [], len(body))
    raws = split(entity, kind, body)
    _check_count(entity, len(raws))
    return replace(_record_by_record(entity, kind, raws), size=len(body))


def decoded_as_whole(entity: Entity, raws: Sequence[bytes]) -> Batch | None:
    """The batch of records that are known to be few, where all of them are in order; else None."""
    for kind in (usual_record(entity), entity.record):
        with suppress(*UNDECODABLE):
            records = list(map(msgspec.json.Decoder(kind).decode, raws))
            whole = _is_whole(entity, records)
            return Batch(entity, len(records), range(len(records)), records, []) if whole else None
    return None


def _is_whole(entity: Entity, records: Sequence[Record]) -> bool:
    return in_order(entity, records) and not _has_repeats(entity, records)


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


@cache
def _texts_of(kind: type[Record]) -> Any:
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return attrgetter(*(field.name for field in info.fields if _is_text(field.type)))


def _is_text(kind: inspect.Type) -> bool:
    parts = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    return any(isinstance(part, inspect.StrType) for part in parts)


def in_order(entity: Entity, records: Sequence[Record]) -> bool:
    """Whether all texts of records of one struct are trimmed, not blank, in NFC and free of NUL.

    It works on many of them at once, because this is the fast path, but not on all: it makes one text of theirs.
    """
    return all(_in_order(entity, records[at : at + AT_ONCE]) for at in range(0, len(records), AT_ONCE))


def _in_order(entity: Entity, records: Sequence[Record]) -> bool:
    named = chain.from_iterable(name_lists(entity, records))
    values = list(chain(chain.from_iterable(map(_texts_of(type(records[0])), records)), named))
    texts = list(filter(None, values))
    joined = "\n".join(texts)
    return "" not in values and list(map(str.strip, texts)) == texts and "\0" not in joined and is_tidy(joined)


def _names(entity: Entity, records: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    pairs = list(map(attrgetter(entity.id_field, "external_id"), records))
    return [own for own, _ in pairs], [external for _, external in pairs]


def _has_repeats(entity: Entity, records: Sequence[Any]) -> bool:
    return any(
        len(set(named)) < len(named) for named in (list(filter(None, names)) for names in _names(entity, records))
    )


def _record_by_record(entity: Entity, kind: str, raws: Sequence[bytes | msgspec.Raw]) -> Batch:
    batch = each_record(entity, raws)
    malformed = [reject for reject in batch.rejects if reject.faults[0].code == "RECORD_MALFORMED"]
    if len(malformed) == len(raws):
        raise Refusal("MALFORMED_BODY", format=kind)
    return batch


def each_record(entity: Entity, raws: Sequence[bytes | msgspec.Raw]) -> Batch:
    """The batch of some records, each read alone. Raises Refusal where they hold too many external ids."""
    records = _decode_each(entity, raws)
    rejects: dict[int, Reject] = {}
    for index in _to_be_read_again(entity, records):
        raw = bytes(raws[index])
        reading = read_record(entity.record, raw)
        records[index] = reading.record
        if reading.faults:
            rejects[index] = _reject(index, raw, reading)
    for index, faults in _repeats(entity, records).items():
        own = getattr(records[index], entity.id_field)
        named = Reading(None, faults, str(own) if own else None, records[index].external_id or None)
        rejects[index] = _reject(index, bytes(raws[index]), named)
    accepted = [index not in rejects for index in range(len(raws))]
    return Batch(
        entity,
        len(raws),
        list(compress(range(len(raws)), accepted)),
        list(compress(records, accepted)),
        [rejects[index] for index in sorted(rejects)],
    )


def _decode_each(entity: Entity, raws: Sequence[bytes | msgspec.Raw]) -> list[Any]:
    """Each record, or None where it does not decode. Raises Refusal where they hold too many external ids."""
    decode = msgspec.json.Decoder(entity.record).decode
    records: list[Any] = []
    named = 0
    for raw in raws:
        try:
            record = decode(raw)
        except UNDECODABLE:
            records.append(None)
            continue
        records.append(record)
        named += count_names(entity, [record])
        if named > MOST_NAMES:
            raise Refusal("TOO_MANY_NAMES", limit=MOST_NAMES)
    return records


def _to_be_read_again(entity: Entity, records: list[Any]) -> list[int]:
    """The places of records that do not decode or whose texts are not in order; most often all texts are."""
    decoded = [record for record in records if record is not None]
    orderly = in_order(entity, decoded)
    return [
        index for index, record in enumerate(records) if record is None or not (orderly or in_order(entity, [record]))
    ]


def _repeats(entity: Entity, records: Sequence[Any]) -> dict[int, list[Fault]]:
    """Faults of records whose id or external_id an earlier record of the batch has."""
    faulty: dict[int, list[Fault]] = {}
    for field, code in ((entity.id_field, "DUPLICATE_ID"), ("external_id", "DUPLICATE_EXTERNAL_ID")):
        seen: set[Any] = set()
        for index, record in enumerate(records):
            name = getattr(record, field, None)
            if name and name in seen:
                faulty.setdefault(index, []).append(Fault(code, f"/{field}"))
            seen.add(name)
    return faulty


def _reject(index: int, raw: bytes, reading: Reading) -> Reject:
    """A record that is refused, as it came unless it is larger than any good one: that would only fill the stores."""
    kept = b"" if len(raw) > LARGE_RECORD else raw.strip()
    return Reject(index, "validate", reading.faults, kept, reading.id, reading.external_id)
