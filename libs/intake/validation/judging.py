"""What becomes of a batch's records once they have decoded: accepted as they are, read again alone, or refused."""

from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from typing import Any

from msgspec import Struct

from libs.contracts.chunks import Fault, Reject
from libs.contracts.inventory.records import Entity, Record
from libs.intake.validation.columns import has_repeats, in_disorder, in_order, repeats, unknown_choices
from libs.intake.validation.id_lists import pack_lists
from libs.intake.validation.large_records import LARGE_RECORD
from libs.intake.validation.record_check import Reading, own_id, read_record


class Batch(Struct, frozen=True):
    """A validated request: accepted records with their places, and rejected ones."""

    entity: Entity
    total: int
    indexes: Sequence[int]
    """The places of the accepted records in the request, ascending."""
    records: list[Any]
    """With their lists of ids as they travel (`id_lists`)."""
    rejects: list[Reject]
    """Ascending by index."""
    size: int = 0
    """Bytes of the body."""
    decoded: Sequence[Any] = ()
    """All records as they decoded. Were the others let go earlier, what is packed would lie scattered in their place,
    which takes a fifth longer."""


def looked_at(entity: Entity, pieces: Iterable[list[Any]]) -> tuple[list[Any], list[int]]:
    """All records, their lists packed, and the places of those that are to be read again, ascending.

    That is for a list that is not of ids, or for a text that is not in order.
    """
    records: list[Any] = []
    again: set[int] = set()
    orderly = 0
    for piece in pieces:
        again.update(len(records) + place for place in pack_lists(entity, piece))
        # Disorder is dear to look at: where a later piece does not decode, that would have been for nothing.
        if orderly == len(records) and in_order(entity, piece):
            orderly += len(piece)
        records += piece
    again.update(in_disorder(entity, records[orderly:], first=orderly))
    return records, sorted(again)


def judged(
    entity: Entity, kind: type[Record], records: list[Any], again: list[int], raws_of: Callable[[], Sequence[bytes]]
) -> Batch:
    """The batch of records that have been looked at, None for such as did not decode; `kind` is their struct.

    Those at the places `again` are read once more; their lists are as they were put in order, and cannot be wrong.
    """
    wrong = unknown_choices(entity, kind, records)
    if not again and not wrong and not has_repeats(entity, records):
        return Batch(entity, len(records), range(len(records)), records, [])
    raws = raws_of()
    readings = {index: _of_choices(entity, raws[index], records[index], faults) for index, faults in wrong.items()}
    readings |= {index: read_record(entity.record, raws[index], kind) for index in again}
    pack_lists(entity, [readings[index].record for index in again if readings[index].record])
    read = list(records)
    for index, reading in readings.items():
        read[index] = reading.record
    readings |= {index: _of_repeat(entity, read[index], faults) for index, faults in repeats(entity, read).items()}
    rejects = [_reject(index, raws[index], reading) for index, reading in sorted(readings.items()) if reading.faults]
    bad = {reject.index for reject in rejects}
    accepted = [index not in bad for index in range(len(read))]
    indexes = list(compress(range(len(read)), accepted))
    return Batch(entity, len(read), indexes, list(compress(read, accepted)), rejects, decoded=records)


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
