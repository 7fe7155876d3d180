"""A file whose rows become records: cut into segments, each of which is one batch, and mapped."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from msgspec.structs import replace

from libs.contracts.chunks import Fault
from libs.contracts.files.mappings import Mapping, Source
from libs.contracts.inventory.records import ENTITIES
from libs.files.failures import UnreadableError
from libs.files.mapping.apply import Mapper
from libs.files.mapping.fit import check_fit, own_mapping
from libs.files.readers.segments import Segment, segments
from libs.files.readers.stretches import Position
from libs.files.readers.table import Table
from libs.files.streams import Stream
from libs.files.tables import open_table

READER = 2
"""The version of readers, mapper and segments. To be raised with whatever may make another record of the same row, or
another segment of the same rows: a load that began with another version is not gone on with."""


WORKBOOKS = frozenset(("xlsx", "xls", "ods"))
"""Formats of several sheets."""


@contextmanager
def opened_records(
    content: Stream, name: str, entity: str, mapping: Mapping | None, asked: str | None = None
) -> Iterator["RecordFile"]:
    """A file as records, for as long as the context lasts; `asked` is its format, where somebody has said so.

    Raises UnreadableError, and what `Content` raises.
    """
    source = mapping.source if mapping else Source()
    table = open_table(content, replace(source, format=source.format or asked), name=name, entity=entity)
    with closing(table):
        yield RecordFile(table, entity, mapping)


class RecordFile:
    """An open table and the mapping that is applied to it.

    Raises UnreadableError where they do not fit, where a mapping is needed, or somebody has to agree to the encoding.
    """

    def __init__(self, table: Table, entity: str, mapping: Mapping | None) -> None:
        if not table.certain:
            raise UnreadableError("ENCODING_UNSURE")
        self.table = table
        self.mapping = mapping or own_mapping(entity, table.header, table.source)
        check_fit(self.mapping, entity, table.header)
        self._records = ENTITIES[entity].max_records
        self._mapper = Mapper(self.mapping, len(table.header))

    @property
    def sheet(self) -> str | None:
        """The sheet that is read, of a workbook."""
        return self.table.source.sheet if self.table.source.format in WORKBOOKS else None

    def segments(self, start: Position, number: int = 0) -> Iterator[Segment]:
        """The segments from a border on, the first of which has this number."""
        return segments(self.table.read(start), start, records=self._records, number=number)

    def draft(self, cells: Sequence[str]) -> dict[str, Any]:
        """What can be made of a row that is no record."""
        return self._mapper.draft(cells)

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
