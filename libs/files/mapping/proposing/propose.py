"""Proposes a mapping: what each column becomes, how sure that is, who says so, and what else it may be.

In turn: the tenant's own approved mappings, the target's name, its synonyms, similar names (RapidFuzz's token set),
then the shape of the values. Values are looked at and never kept, but for those that a value map names.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct, inspect

from libs.contracts.files.mappings import Alternative, By, ColumnMapping, Mapping, Source
from libs.files.mapping.proposing.fitting import fit, known_values, operations_for
from libs.files.mapping.proposing.names import Name, understood
from libs.files.mapping.proposing.synonyms import NO_FIELDS
from libs.files.mapping.targets import Targets
from libs.files.mapping.words import folded

TAKEN, PROPOSED = 80.0, 62.0
"""Similarity, percent: from the first on a target is taken, from the second on it is an alternative."""
SIMILAR = 0.9
"""Similar names are never as sure as known ones."""
OWNED = 90.0
"""How like `vai trò` the name `vai trò của bên nhận` is, percent."""
ASTRAY = 0.85
"""What is left of a likeness where the leading words differ."""
BY_VALUES = 0.75
"""How sure the values alone are."""
FITS = 0.5
"""The share of values that a target must be able to take, else its name does not count for much."""
MOST_ALTERNATIVES = 4


class Column(Struct, frozen=True):
    """What is known of a column."""

    index: int
    name: str
    values: tuple[str, ...] = ()
    """Some of its distinct values; they stay in this process."""


class Candidate(Struct, frozen=True, order=True):
    """What a column may become; candidates are ordered by how sure they are."""

    confidence: float
    target: str
    by: By

    @property
    def taken(self) -> bool:
        """Whether it is sure enough without a person."""
        return self.confidence >= SIMILAR * TAKEN / 100


def propose(
    targets: Targets,
    columns: Sequence[Column],
    source: Source,
    *,
    history: dict[str, str] | None = None,
    advice: Iterable[tuple[int, str, float]] = (),
) -> Mapping:
    """A mapping for these columns.

    `history` gives, by a column's name, what the tenant approved before; `advice` is a provider's: index, target and
    how sure, for columns of which nothing better is known.
    """
    approved = {folded(name): target for name, target in (history or {}).items() if target in targets.names}
    ranked = {column.index: candidates(targets, column, approved) for column in columns}
    for index, target, confidence in advice:
        if not any(each.target == target and each.taken for each in ranked[index]):
            ranked[index] = sorted([*ranked[index], Candidate(confidence, target, "ai")], reverse=True)
    chosen = _choose(ranked)
    mapped = [_column(targets, column, chosen.get(column.index), ranked[column.index]) for column in columns]
    return Mapping(
        entity=targets.entity, source=source, columns=mapped, unmapped=unmapped(targets, mapped),
        targets=[] if targets.entity else list(targets.names),
    )  # fmt: skip


def unmapped(targets: Targets, columns: Iterable[ColumnMapping], constants: Iterable[str] = ()) -> list[str]:
    """What every record must have and nothing gives."""
    given = {column.target for column in columns} | set(constants)
    return [name for name in targets.required if name not in given]


def candidates(targets: Targets, column: Column, approved: dict[str, str]) -> list[Candidate]:
    """What a column may become, surest first."""
    name = folded(column.name)
    found: dict[str, Candidate] = {}
    if target := approved.get(name):
        found[target] = Candidate(1.0, target, "history")
    for target in targets.names:
        if target not in found and (
            candidate := _by_name(column.name, targets, target) or _by_values(targets, target, column)
        ):
            found[target] = _weighed(targets, column, candidate)
    return sorted(found.values(), reverse=True)


def _by_name(header: str, targets: Targets, target: str) -> Candidate | None:
    names = targets.names[target]
    name = folded(header)
    if not name:
        return None
    if name == names[0]:
        return Candidate(1.0, target, "exact")
    if name in names:
        return Candidate(0.95, target, "synonym")
    likeness = 0.0 if name in NO_FIELDS else _likeness(header, targets, target)
    return Candidate(round(SIMILAR * likeness / 100, 3), target, "similarity") if likeness >= PROPOSED else None


def _likeness(header: str, targets: Targets, target: str) -> float:
    """How like the names of a target a header is, percent."""
    name = understood(header)
    return max((_alike(name, other) for other in targets.alike[target] if _may_be(name, other)), default=0.0)


def _may_be(name: Name, other: Name) -> bool:
    """Whether both are names of the same kind of thing, in languages that do not exclude one another."""
    return name.head == other.head and (name.language or "vi") == (other.language or "vi")


def _alike(name: Name, other: Name) -> float:
    """By the words that two names share, and less so for every word that they do not, the leading one most of all."""
    if name.text == other.text:
        return 100.0
    if name.owned == other.text:
        return OWNED
    from rapidfuzz import fuzz  # of no use to whoever proposes nothing

    if " " not in other.text:  # a single word is part of too many names: `mã` of `mã số thuế`
        return 0.0
    shared = fuzz.token_set_ratio(name.text, other.text, score_cutoff=PROPOSED)
    led = 1.0 if not name.first or name.text.split()[0] == other.text.split()[0] else ASTRAY
    return shared * led * (0.5 + fuzz.token_sort_ratio(name.text, other.text) / 200) if shared else 0.0


def _by_values(targets: Targets, target: str, column: Column) -> Candidate | None:
    """Values of a few kinds say by themselves what they are."""
    if not column.values or not (known_values(target) or _is_months(targets, target, column)):
        return None
    return Candidate(BY_VALUES, target, "shape") if fit(targets, target, column.values) >= TAKEN / 100 else None


def _is_months(targets: Targets, target: str, column: Column) -> bool:
    """Whether the values are numbers with a unit of time."""
    wordy = sum(not value.strip().isdigit() for value in column.values)
    return isinstance(targets.kinds[target], inspect.IntType) and target.endswith("_months") and wordy > 0


def _weighed(targets: Targets, column: Column, candidate: Candidate) -> Candidate:
    """A name counts for half where the values are of another kind."""
    if fit(targets, candidate.target, column.values) >= FITS:
        return candidate
    return Candidate(round(candidate.confidence / 2, 3), candidate.target, candidate.by)


def _choose(ranked: dict[int, list[Candidate]]) -> dict[int, Candidate]:
    """The surest target for each column, each target once."""
    pairs = sorted(
        ((candidate, -index) for index, candidates in ranked.items() for candidate in candidates), reverse=True
    )
    chosen: dict[int, Candidate] = {}
    taken: set[str] = set()
    for candidate, negative in pairs:
        if candidate.taken and -negative not in chosen and candidate.target not in taken:
            chosen[-negative] = candidate
            taken.add(candidate.target)
    return chosen


def _column(targets: Targets, column: Column, chosen: Candidate | None, ranked: Sequence[Candidate]) -> ColumnMapping:
    others = [each for each in ranked if chosen is None or each.target != chosen.target][:MOST_ALTERNATIVES]
    return ColumnMapping(
        index=column.index, name=column.name,
        target=chosen.target if chosen else None,
        operations=operations_for(targets, chosen.target, column.values) if chosen else [],
        confidence=chosen.confidence if chosen else 0.0,
        by=chosen.by if chosen else "exact",
        reason=f"MAPPED_BY_{chosen.by.upper()}" if chosen else "NOT_MAPPED",
        alternatives=[Alternative(each.target, each.confidence) for each in others],
    )  # fmt: skip
