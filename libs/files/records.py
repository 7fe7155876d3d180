"""A file whose rows become records: cut into segments, each of which is one batch, and mapped."""

from collections.abc import Iterator

from libs.contracts.chunks import Fault
from libs.contracts.mappings import Mapping
from libs.contracts.records import ENTITIES
from libs.files.mapping.apply import Mapper
from libs.files.mapping.fit import check_fit, own_mapping
from libs.files.readers.segments import Segment, segments
from libs.files.readers.stretches import Position
from libs.files.readers.table import Table

READER = 1
"""The version of readers, mapper and segments. To be raised with whatever may make another record of the same row, or
another segment of the same rows: a load that began with another version is not gone on with."""


class RecordFile:
    """An open table and the mapping that is applied to it.

    Raises UnreadableError where they do not fit, or without a mapping one is needed.
    """

    def __init__(self, table: Table, entity: str, mapping: Mapping | None) -> None:
        self.table = table
        self.mapping = mapping or own_mapping(entity, table.header, table.source)
        check_fit(self.mapping, entity, table.header)
        self._records = ENTITIES[entity].max_records
        self._mapper = Mapper(self.mapping, len(table.header))

    def segments(self, start: Position, number: int = 0) -> Iterator[Segment]:
        """The segments from a border on, the first of which has this number."""
        return segments(self.table.read(start), start, records=self._records, number=number)

    def mapped(self, segment: Segment) -> tuple[list[bytes], dict[int, list[Fault]]]:
        """The JSON of each row's record, and by index what is wrong with the rows that are none."""
        raws: list[bytes] = []
        faults: dict[int, list[Fault]] = {}
        for index, (cells, fault) in enumerate(segment.rows()):
            if fault is None:
                mapped = self._mapper.apply(cells)
                if mapped.faults:
                    faults[index] = mapped.faults
                raws.append(mapped.raw)
            else:
                faults[index] = [Fault(fault)]
                raws.append(b"")
        return raws, faults
