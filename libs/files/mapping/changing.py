"""What a person changes of a mapping, or makes of one; and whether there is enough in it to be applied."""

from collections.abc import Sequence

from msgspec import UnsetType
from msgspec.structs import replace

from libs.contracts.files.mapping_bodies import ColumnPatch, MappingPatch
from libs.contracts.files.mappings import ColumnMapping, Mapping, Source
from libs.files.mapping.faults import MappingFault
from libs.files.mapping.proposing.fitting import operations_for
from libs.files.mapping.proposing.propose import unmapped
from libs.files.mapping.targets import Targets, targets_for

LONGEST_NAME = 200
"""Characters of a column's name that a mapping keeps, for people to read."""


class UnfitError(ValueError):
    """A change that cannot be made."""

    def __init__(self, fault: MappingFault) -> None:
        super().__init__(fault.code)
        self.fault = fault


def blank(targets: Targets, header: Sequence[str], source: Source) -> Mapping:
    """A mapping that leaves all columns out."""
    columns = [ColumnMapping(index=n, name=shown(name), reason="NOT_MAPPED") for n, name in enumerate(header)]
    return Mapping(
        entity=targets.entity, source=source, columns=columns, unmapped=list(targets.required),
        targets=[] if targets.entity else list(targets.names),
    )  # fmt: skip


def shown(name: str) -> str:
    """A column's name as a mapping keeps it."""
    return name[:LONGEST_NAME].replace("\0", "\ufffd")


def changed(mapping: Mapping, patch: MappingPatch) -> Mapping:
    """The mapping with what a person wants of it. Raises UnfitError."""
    targets = targets_for(mapping)
    places = {column.index: place for place, column in enumerate(mapping.columns)}
    columns = list(mapping.columns)
    for place, one in enumerate(patch.columns):
        if one.index not in places:
            raise UnfitError(MappingFault("COLUMN_UNKNOWN", f"/columns/{place}/index"))
        if any(one.index == other.index for other in patch.columns[:place]):
            raise UnfitError(MappingFault("COLUMN_TWICE", f"/columns/{place}/index"))
        columns[places[one.index]] = _changed_column(targets, columns[places[one.index]], one)
    constants = mapping.constants if isinstance(patch.constants, UnsetType) else patch.constants
    return replace(
        mapping, columns=columns, constants=constants, unmapped=unmapped(targets, columns, constants),
        source=mapping.source if isinstance(patch.source, UnsetType) else patch.source,
    )  # fmt: skip


def _changed_column(targets: Targets, column: ColumnMapping, patch: ColumnPatch) -> ColumnMapping:
    target = column.target if isinstance(patch.target, UnsetType) else patch.target
    operations = patch.operations
    if isinstance(operations, UnsetType):
        known = target in targets.kinds and target != column.target
        operations = operations_for(targets, target or "") if known else column.operations
    return replace(
        column, target=target, operations=operations if target else [], confidence=1.0 if target else 0.0, by="person",
        reason="MAPPED_BY_PERSON",
    )  # fmt: skip


def missing(mapping: Mapping) -> list[str]:
    """What the mapping lacks to be applied: fields that every record must have; of another file, any column at all."""
    targets = targets_for(mapping)
    if targets.entity or any(column.target for column in mapping.columns):
        return unmapped(targets, mapping.columns, mapping.constants)
    return mapping.targets
