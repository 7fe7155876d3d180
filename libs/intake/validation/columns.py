"""What is looked at in all records of a batch at once: their texts, their choices, and names that repeat.

This is the fast path, which keeps the interpreter out of the inner loop. What it finds fault with is read again alone.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain, repeat
from operator import attrgetter
from typing import Any

from msgspec import UNSET, inspect

from libs.contracts.chunks import Fault
from libs.contracts.inventory.normal_form import is_tidy
from libs.contracts.inventory.records import Entity, Record
from libs.contracts.inventory.rows import name_lists
from libs.intake.validation.record_check import choice_faults, choices_of

STEPS = (500, 20, 1)
"""Records whose texts are looked at together: so few that they stay in the processor's cache meanwhile. Where a text is
not in order, so many of them, then each; so that no text is looked at more often than three times, once all records
have decoded."""
NOTHING = frozenset({None, UNSET})


@cache
def _texts_of(kind: type[Record]) -> Any:
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return attrgetter(*(field.name for field in info.fields if _is_text(field.type)))


def _is_text(kind: inspect.Type) -> bool:
    """Whether it is a text: none may be of any length, as a choice may that is still to be looked at."""
    parts = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    return any(isinstance(part, inspect.StrType) and part.max_length for part in parts)


def in_order(entity: Entity, records: Sequence[Record]) -> bool:
    """Whether all texts of some records of one struct are trimmed, not blank, in NFC and free of NUL."""
    values = map(_texts_of(type(records[0])), records)
    # Most texts of a scanner are the same few again and again.
    distinct = set(chain(chain.from_iterable(values), *name_lists(entity, records)))
    distinct -= NOTHING
    texts = list(distinct)
    joined = "\n".join(texts)
    return "" not in distinct and list(map(str.strip, texts)) == texts and "\0" not in joined and is_tidy(joined)


def in_disorder(entity: Entity, records: Sequence[Record], steps: Sequence[int] = STEPS, first: int = 0) -> list[int]:
    """The places of records of which a text is not in order, counted from `first`."""
    size, *smaller = steps
    found: list[int] = []
    for at in range(0, len(records), size):
        part = records[at : at + size]
        if not in_order(entity, part):
            found += in_disorder(entity, part, smaller, first + at) if smaller else [first + at]
    return found


def unknown_choices(entity: Entity, kind: type[Record], records: Sequence[Record | None]) -> Mapping[int, list[Fault]]:
    """The faults of records of one struct that have none of the values that a field may have, by their places."""
    faulty: dict[int, list[Fault]] = {}
    choices = choices_of(entity.record)
    for name in filter(choices.__contains__, kind.__struct_fields__):
        column: list[Any] = list(map(getattr, records, repeat(name), repeat(None)))
        if unknown := set(column) - choices[name] - NOTHING:
            faults = {value: choice_faults(entity.record, name, value) for value in unknown}
            for index, value in enumerate(column):
                if value in unknown:
                    faulty[index] = [*faulty.get(index, ()), *faults[value]]
    return faulty


def has_repeats(entity: Entity, records: Sequence[Any]) -> bool:
    """Whether two records have the same id or the same external_id."""
    columns = (list(map(attrgetter(name), records)) for name in (entity.id_field, "external_id"))
    return any(len(set(column)) < len(column) and _repeat(list(filter(None, column))) for column in columns)


def _repeat(names: Sequence[Any]) -> bool:
    return len(set(names)) < len(names)


def repeats(entity: Entity, records: Sequence[Any]) -> dict[int, list[Fault]]:
    """Faults of records whose id or external_id an earlier record of the batch has."""
    faulty: dict[int, list[Fault]] = {}
    for field, code in ((entity.id_field, "DUPLICATE_ID"), ("external_id", "DUPLICATE_EXTERNAL_ID")):
        seen: set[Any] = set()
        for index, record in enumerate(records):
            name = getattr(record, field, None)
            if name and name in seen:
                faulty.setdefault(index, []).append(Fault(code, f"/{field}"))
            seen.add(name)
    return faulty
