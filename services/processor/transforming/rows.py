"""From the rows of a segment to what is written of them, and to what is wrong with the others."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from libs.contracts.chunks import Fault
from libs.contracts.files.mappings import Mapping
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.tasks.types.transform import RowError
from libs.contracts.texts.problems import RECORD_ERRORS
from libs.files.mapping.apply import Mapper, column_of
from libs.files.readers.segments import Segment
from libs.files.writers.sheets import LONGEST_CELL
from libs.files.writers.writer import cell
from libs.intake.validation.id_lists import plain_members
from libs.intake.validation.rows import Rows, validate_rows


class Made(Struct, frozen=True):
    """What is made of a segment."""

    records: list[dict[str, Any]]
    faults: dict[int, list[Fault]]
    """By the index of a row in the segment: why it is none of them."""


def made_of(mapping: Mapping, mapper: Mapper, segment: Segment, *, in_cells: bool) -> Made:
    """The records of a segment, as a load would write them; `in_cells` says that each value must fit into a cell."""
    raws, faults = _mapped(mapper, segment)
    records = _records(mapping, raws, faults)
    if in_cells:
        for index, record in list(records.items()):
            if long := [name for name, value in record.items() if len(cell(value)) > LONGEST_CELL]:
                faults[index] = [Fault("CELL_TOO_LONG", f"/{long[0]}", {"max": LONGEST_CELL})]
                del records[index]
    return Made(list(records.values()), dict(sorted(faults.items())))


def _mapped(mapper: Mapper, segment: Segment) -> tuple[list[bytes], dict[int, list[Fault]]]:
    raws: list[bytes] = []
    faults: dict[int, list[Fault]] = {}
    for index, (cells, fault) in enumerate(segment.rows()):
        mapped = mapper.apply(cells) if fault is None else None
        raws.append(mapped.raw if mapped else b"")
        if mapped is None or mapped.faults:
            faults[index] = mapped.faults if mapped else [Fault(fault or "")]
    return raws, faults


def _records(mapping: Mapping, raws: Sequence[bytes], faults: dict[int, list[Fault]]) -> dict[int, dict[str, Any]]:
    """By index; what the records themselves have against rows is added to their faults."""
    if mapping.entity is None:
        return {index: msgspec.json.decode(raw) for index, raw in enumerate(raws) if raw}
    entity = ENTITIES[mapping.entity]
    batch = validate_rows(entity, Rows(raws, dict(faults)))
    faults.update({reject.index: reject.faults for reject in batch.rejects})
    plain = (plain_members(entity, record) for record in batch.records)
    return dict(zip(batch.indexes, plain, strict=True))


def row_errors(mapping: Mapping, segment: Segment, faults: dict[int, list[Fault]], most: int) -> list[RowError]:
    """The first faults of a segment's rows, worded, with the places of the rows."""
    indexes = list(faults)[:most]
    places = segment.places(indexes)
    return [
        _error(mapping, place.line, fault)
        for index, place in zip(indexes, places, strict=True)
        for fault in faults[index]
    ][:most]  # fmt: skip


def _error(mapping: Mapping, row: int, fault: Fault) -> RowError:
    english, vietnamese = RECORD_ERRORS[fault.code].text(fault.params)
    column = column_of(mapping, fault.pointer)
    return RowError(
        row=row, code=fault.code, pointer=fault.pointer, column=column.name if column else None, error=english,
        error_vi=vietnamese,
    )  # fmt: skip
