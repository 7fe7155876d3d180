"""Validates records that somebody has made of rows, some of which are known to be faulty beforehand."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from libs.contracts.chunks import Fault, Reject
from libs.contracts.inventory.records import Entity
from libs.intake.validation.batch import decoded_as_whole, each_record
from libs.intake.validation.judging import Batch


class Rows(Struct, frozen=True):
    """Rows in their order; the indexes of a job are theirs."""

    raws: Sequence[bytes]
    """The JSON of each row's record; nothing of a faulty row."""
    faults: Mapping[int, list[Fault]]
    """By index: what is wrong with the rows that are no records."""

    def content(self) -> Iterator[bytes]:
        """All that makes these rows differ from others, piece by piece."""
        for index, raw in enumerate(self.raws):
            yield raw or msgspec.json.encode(self.faults[index])
            yield b"\n"


def validate_rows(entity: Entity, rows: Rows) -> Batch:
    """Validate rows; those that are faulty already become rejects without anything that came."""
    indexes = [index for index in range(len(rows.raws)) if index not in rows.faults]
    raws = [rows.raws[index] for index in indexes]
    made = decoded_as_whole(entity, raws) or each_record(entity, raws)
    before = [Reject(index, "validate", faults, b"") for index, faults in rows.faults.items()]
    after = [replace(reject, index=indexes[reject.index]) for reject in made.rejects]
    return Batch(
        entity,
        len(rows.raws),
        [indexes[place] for place in made.indexes],
        made.records,
        sorted(before + after, key=lambda reject: reject.index),
        sum(map(len, raws)),
    )
