"""What columns may become: the fields of a record, or the columns of another file."""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

from msgspec import Struct, inspect
from msgspec.structs import replace

from libs.contracts.files.mappings import Mapping
from libs.contracts.inventory.records import ENTITIES
from libs.files.mapping.proposing.names import Name, understood
from libs.files.mapping.proposing.synonyms import SYNONYMS
from libs.files.mapping.words import folded


class Targets(Struct, frozen=True):
    """What columns of a file may become."""

    entity: str | None
    names: dict[str, tuple[str, ...]]
    """By target: its folded names, its own first."""
    alike: dict[str, tuple[Name, ...]]
    """By target: the names that names of columns may be similar to."""
    kinds: dict[str, inspect.Type]
    required: tuple[str, ...] = ()

    def is_list(self, target: str) -> bool:
        """Whether several columns may fill it together."""
        return isinstance(self.kinds[target], inspect.ListType)


@cache
def targets_of(entity: str) -> Targets:
    """The fields of a record."""
    info = inspect.type_info(ENTITIES[entity].record)
    assert isinstance(info, inspect.StructType)
    kinds = {field.name: _plain(field.type) for field in info.fields}
    # Names that links are known by in the scanner's own world.
    kinds |= {name: inspect.ListType(inspect.StrType()) for name in SYNONYMS[entity] if name not in kinds}
    names = {name: _folded_names(name, SYNONYMS[entity].get(name, ())) for name in kinds}
    alike = {name: _alike(name, known, names) for name, known in names.items()}
    return Targets(entity, names, alike, kinds, tuple(field.name for field in info.fields if field.required))


def targets_in(header: Sequence[str]) -> Targets:
    """The columns of a file, each by its label; they are known by all names of the fields that they seem to be."""
    labels = labelled(header)
    names = {label: _names_like(label) for label in labels}
    alike = {label: tuple(map(understood, known)) for label, known in names.items()}
    return Targets(None, names, alike, dict.fromkeys(labels, inspect.StrType()))


def targets_for(mapping: Mapping) -> Targets:
    """What the columns of a mapping may become."""
    return targets_in(mapping.targets) if mapping.entity is None else targets_of(mapping.entity)


def labelled(header: Sequence[str]) -> list[str]:
    """Names that tell columns apart: the second `name` is `name (2)`, one without a name `#4`, by its place."""
    seen: Counter[str] = Counter()
    labels = []
    for place, name in enumerate(header, 1):
        label = name or f"#{place}"
        seen[label] += 1
        labels.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return labels


def _alike(target: str, known: Sequence[str], names: dict[str, tuple[str, ...]]) -> tuple[Name, ...]:
    """Ids of our own are known by name or not at all; a field in English is also called as the Vietnamese one."""
    if target.endswith(("_id", "_ids")) and "external" not in target:
        return ()
    own = [understood(name) for name in known]
    if not target.endswith("_en"):
        return tuple(own)
    sibling = [understood(name) for name in names.get(f"{target[:-3]}_vi", ())]
    return tuple(replace(name, language="en") for name in (*own, *sibling))


def _plain(kind: inspect.Type) -> inspect.Type:
    """The type of a value where there is one."""
    if isinstance(kind, inspect.UnionType):
        return next(part for part in kind.types if not isinstance(part, inspect.NoneType))
    return kind


def _folded_names(name: str, others: Sequence[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((folded(name), *map(folded, others))))


@cache
def _names_like(label: str) -> tuple[str, ...]:
    name = folded(label)
    alike = [known for entity in ENTITIES for known in targets_of(entity).names.values() if name in known]
    return tuple(dict.fromkeys((name, *(other for names in alike for other in names))))
