"""What becomes of a batch's records once they have decoded: accepted as they are, read again alone, or refused."""

from collections.abc import Callable, Sequence
from itertools import compress
from typing import Any

from msgspec import Struct

from libs.contracts.chunks import Fault, Reject
from libs.contracts.inventory.records import Entity, Record
from libs.intake.validation.columns import has_repeats, in_disorder, repeats, unknown_choices
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


def to_be_read_again(entity: Entity, records: Sequence[Any]) -> list[int]:
    """The places of records with lists that are not of ids, or with texts that are not in order."""
    wrong, disorder = pack_lists(entity, records), in_disorder(entity, records)
    return sorted({*wrong, *disorder}) if wrong else disorder


def with_undecoded(entity: Entity, records: Sequence[Any]) -> list[int]:
    """The same where None stands for what has not decoded."""
    places = [index for index, record in enumerate(records) if record is not None]
    undecoded = [index for index, record in enumerate(records) if record is None]
    return undecoded + [places[place] for place in to_be_read_again(entity, list(filter(None, records)))]


def judged(
    entity: Entity, kind: type[Record], records: list[Any], again: list[int], raws_of: Callable[[], Sequence[bytes]]
) -> Batch:
    """The batch of records as they decode, None for such as do not; `kind` is their struct."""
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
