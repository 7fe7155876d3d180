"""Whether a mapping fits a file, and the mapping that a file needs none for: its columns have the fields' own names."""

from collections.abc import Sequence

from libs.contracts.files.mappings import ColumnMapping, Mapping, Source
from libs.files.failures import UnreadableError
from libs.files.mapping.changing import missing, shown
from libs.files.mapping.proposing.fitting import operations_for
from libs.files.mapping.targets import targets_of
from libs.files.mapping.words import folded


def own_mapping(entity: str, header: Sequence[str], source: Source) -> Mapping:
    """The mapping of a file whose columns have the fields' own names. Raises UnreadableError for any other file."""
    targets = targets_of(entity)
    for place, name in enumerate(header, 1):
        if name not in targets.kinds or name in header[: place - 1]:
            raise UnreadableError("MAPPING_NEEDED", column=place)
    return Mapping(entity=entity, source=source, columns=[
        ColumnMapping(index=index, name=name, target=name, operations=operations_for(targets, name), confidence=1.0)
        for index, name in enumerate(header)
    ])  # fmt: skip


def check_fit(mapping: Mapping, entity: str, header: Sequence[str]) -> None:
    """Raise UnreadableError where a mapping is for other columns or records, or leaves out what every record needs."""
    if mapping.entity != entity:
        raise UnreadableError("MAPPING_ENTITY")
    check_columns(mapping, header)
    if lacking := missing(mapping):
        raise UnreadableError("MAPPING_INCOMPLETE", missing=", ".join(lacking))


def check_columns(mapping: Mapping, header: Sequence[str]) -> None:
    """Raise UnreadableError where a file does not have the columns, at their places, that a mapping takes."""
    for column in mapping.columns:
        known = column.index < len(header) and folded(shown(header[column.index])) == folded(column.name)
        if column.target and not known:
            raise UnreadableError("MAPPING_OTHER_COLUMNS", column=column.index + 1)
