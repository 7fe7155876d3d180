"""What a measurement gives: values with their spread, tables of them, and goals that are met or not."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Series:
    """Repeated measurements of one thing."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> "Series":
        """From a list."""
        return cls(tuple(values))

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    def percentile(self, percent: float) -> float:
        """The smallest value that so many percent of the values do not exceed (nearest rank)."""
        ordered = sorted(self.values)
        rank = max(1, -(-len(ordered) * percent // 100))
        return ordered[int(rank) - 1]

    def spread(self, digits: int = 0) -> str:
        """The lowest and the highest."""
        return f"{min(self.values):,.{digits}f} to {max(self.values):,.{digits}f}"


@dataclass(frozen=True)
class Table:
    """Rows of text; the first column is on the left, the others are numbers on the right."""

    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""


@dataclass(frozen=True)
class Goal:
    """What was wanted, and what came of it."""

    what: str
    wanted: str
    got: str
    met: bool


@dataclass(frozen=True)
class Section:
    """One part of the report."""

    title: str
    text: str
    tables: list[Table] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)


def at_least(what: str, wanted: float, got: float, unit: str = "×") -> Goal:
    """A goal that a number reaches from below."""
    return Goal(what, f"≥ {wanted:g} {unit}", f"{got:.2f} {unit}", met=got >= wanted)


def at_most(what: str, wanted: float, got: float, unit: str = "ms") -> Goal:
    """A goal that a number stays under."""
    return Goal(what, f"≤ {wanted:g} {unit}", f"{got:.0f} {unit}", met=got <= wanted)
