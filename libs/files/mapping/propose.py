"""Proposes a mapping: which field each column is, how sure that is, who says so, and what else it may be.

In turn: the tenant's own approved mappings, the field's name, its synonyms, similar names (RapidFuzz's token set), then
the shape of the values. Only names and shapes are looked at, never kept.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import FieldInfo, fields
from rapidfuzz import fuzz

from libs.contracts.mappings import Alternative, By, ColumnMapping, Mapping, Source
from libs.contracts.records import ENTITIES
from libs.files.mapping.fitting import operations_for
from libs.files.mapping.synonyms import names_of
from libs.files.mapping.words import folded

TAKEN, PROPOSED = 80.0, 62.0
"""Similarity, percent: from the first on a field is taken, from the second on it is an alternative."""
MOST_ALTERNATIVES = 4


class Column(Struct, frozen=True):
    """What is known of a column: its name, and what an analysis saw of its values."""

    index: int
    name: str
    shape: str = ""
    """`uuid`, `date`, `integer`, `boolean`, `country`, `text` or nothing."""
    values: tuple[str, ...] = ()
    """Its distinct values where there are few; they stay in this process."""


class _Candidate(Struct, frozen=True, order=True):
    """A field that a column may be; candidates are ordered by how sure they are."""

    confidence: float
    target: str
    by: By


def propose(entity: str, columns: Sequence[Column], source: Source, history: dict[str, str] | None = None) -> Mapping:
    """A mapping for these columns; `history` gives, by folded name, the field that the tenant approved before."""
    ranked = {column.index: _candidates(entity, column, history or {}) for column in columns}
    chosen = _choose(ranked)
    mapped = [_column(entity, column, chosen.get(column.index), ranked[column.index]) for column in columns]
    given = {column.target for column in mapped}
    required = [field.name for field in _fields(entity) if field.required]
    return Mapping(
        entity=entity, source=source, columns=mapped, unmapped=[name for name in required if name not in given]
    )


def _fields(entity: str) -> tuple[FieldInfo, ...]:
    return fields(ENTITIES[entity].record)


def _candidates(entity: str, column: Column, history: dict[str, str]) -> list[_Candidate]:
    name = folded(column.name)
    found: dict[str, _Candidate] = {}
    if approved := history.get(name):
        found[approved] = _Candidate(1.0, approved, "history")
    for target, names in names_of(entity).items():
        if target not in found and (candidate := _by_name(name, target, names)):
            found[target] = candidate
    return sorted(found.values(), reverse=True)


def _by_name(name: str, target: str, names: Sequence[str]) -> _Candidate | None:
    if not name:
        return None
    if name == names[0]:
        return _Candidate(1.0, target, "exact")
    if name in names:
        return _Candidate(0.95, target, "synonym")
    # A single word is part of too many names: `mã` would be as like `mã số thuế` as could be.
    several = [other for other in names if " " in other]
    likeness = max((fuzz.token_set_ratio(name, other, score_cutoff=PROPOSED) for other in several), default=0.0)
    # Similar names are never as sure as known ones.
    return _Candidate(round(0.9 * likeness / 100, 3), target, "similarity") if likeness else None


def _choose(ranked: dict[int, list[_Candidate]]) -> dict[int, _Candidate]:
    """The surest field for each column, each field once."""
    pairs = sorted(
        ((candidate, -index) for index, candidates in ranked.items() for candidate in candidates), reverse=True
    )
    chosen: dict[int, _Candidate] = {}
    taken: set[str] = set()
    for candidate, negative in pairs:
        sure = candidate.by != "similarity" or candidate.confidence >= 0.9 * TAKEN / 100
        if sure and -negative not in chosen and candidate.target not in taken:
            chosen[-negative] = candidate
            taken.add(candidate.target)
    return chosen


def _column(entity: str, column: Column, chosen: _Candidate | None, candidates: Sequence[_Candidate]) -> ColumnMapping:
    others = [each for each in candidates if chosen is None or each.target != chosen.target][:MOST_ALTERNATIVES]
    return ColumnMapping(
        index=column.index, name=column.name,
        target=chosen.target if chosen else None,
        operations=operations_for(entity, chosen.target, column.values) if chosen else [],
        confidence=chosen.confidence if chosen else 0.0,
        by=chosen.by if chosen else "exact",
        reason=f"MAPPED_BY_{chosen.by.upper()}" if chosen else "NOT_MAPPED",
        alternatives=[Alternative(each.target, each.confidence) for each in others],
    )  # fmt: skip
