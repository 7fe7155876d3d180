"""The first rows of a file before and after a mapping, with all that is wrong with them."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from libs.contracts.chunks import Fault
from libs.contracts.files.mapping_bodies import CellError, PreviewRow
from libs.contracts.files.mappings import Mapping
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.texts.problems import RECORD_ERRORS
from libs.files.mapping.apply import Mapper, column_of
from libs.files.tables import Table
from libs.intake.validation.record_check import read_record

LONGEST_CELL = 500
"""Characters of a cell that are shown."""
MOST_BYTES = 4 * 1024 * 1024
"""Of the cells and records that are shown; once there are more, the rest is left out."""


def preview_rows(mapping: Mapping, table: Table, count: int) -> Iterator[PreviewRow]:
    """Up to so many rows. Raises UnreadableError, and what `Content` raises."""
    mapper, shown = Mapper(mapping, len(table.header)), 0
    for row, cells, fault in first_rows(table, count):
        raw, faults = (b"", [Fault(fault)]) if fault else _mapped(mapping, mapper, cells)
        cut = [cell[:LONGEST_CELL] for cell in cells]
        shown += sum(map(len, cut)) + len(raw)
        if shown > MOST_BYTES:
            return
        record = msgspec.json.decode(raw) if raw else None
        yield PreviewRow(row=row, cells=cut, record=record, errors=[_error(mapping, fault) for fault in faults])


def first_rows(table: Table, count: int) -> Iterator[tuple[int, Sequence[str], str | None]]:
    """Of the first rows: number, cells, and the code of what is wrong with it as a whole. Raises UnreadableError."""
    for stretch in table.read(table.first):
        places = stretch.positions(range(min(count, len(stretch.rows))))
        for row, place in enumerate(places):
            yield place.line, stretch.rows[row], stretch.faults.get(row)
        count -= len(places)
        if not count:
            return


def _mapped(mapping: Mapping, mapper: Mapper, cells: Sequence[str]) -> tuple[bytes, list[Fault]]:
    mapped = mapper.apply(cells)
    if mapped.faults or mapping.entity is None:
        return mapped.raw, mapped.faults
    return mapped.raw, read_record(ENTITIES[mapping.entity].record, mapped.raw).faults


def _error(mapping: Mapping, fault: Fault) -> Any:
    english, vietnamese = RECORD_ERRORS[fault.code].text(fault.params)
    column = column_of(mapping, fault.pointer)
    return CellError(
        code=fault.code, pointer=fault.pointer, column=column.name if column else None, error=english,
        error_vi=vietnamese,
    )  # fmt: skip
