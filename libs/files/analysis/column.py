"""What is known of one column so far."""

import re
from collections.abc import Sequence

from msgspec import Struct, field

from libs.contracts.tasks.types.analyze import ColumnAnalysis
from libs.files.analysis.distinct import Distinct
from libs.files.analysis.types import TYPES, still_possible
from libs.files.personal.names import kind_of_name
from libs.files.personal.values import STRONG, WEAK, kinds_of_value
from libs.files.readers.table import kept

MOST_FEW = 50
"""Distinct values of a column that has few."""
LONGEST_FEW = 100
LONGEST_SHAPE = 40
LONGEST_NAME = 200
MAJORITY = {"tax_code": 0.8, "address": 0.5}
"""Share of the values that look like a kind, for the column to be of it; 0.6 for all others."""
_DIGIT, _LETTER = re.compile(r"\d"), re.compile(r"[^\W\d_]")


class ColumnState(Struct):
    """Counts, and nothing of the values: what may be stored."""

    distinct: Distinct
    types: list[str] = field(default_factory=lambda: list(TYPES))
    """Those that all values may have."""
    empty: int = 0
    longest: int = 0
    looked_at: int = 0
    """Values whose shape and kind were looked at."""
    shapes: dict[str, int] = {}
    kinds: dict[str, int] = {}

    def add(self, values: Sequence[str], some: Sequence[str], most_shapes: int) -> set[str]:
        """Count values, of which some are looked at more closely; returns the distinct ones that are not blank."""
        found = set(values)
        blank = {value for value in found if not value or value.isspace()}
        self.empty += sum(map(values.count, blank))
        found -= blank
        if found:
            self.longest = max(self.longest, *map(len, found))
            self.distinct.add(found)
            if self.types:
                self.types = still_possible(self.types, found)
            for value in some:
                if value not in blank:
                    self._look_at(value, most_shapes)
        return found

    def _look_at(self, value: str, most_shapes: int) -> None:
        self.looked_at += 1
        shape = shape_of(value)
        if shape in self.shapes or len(self.shapes) < most_shapes:
            self.shapes[shape] = self.shapes.get(shape, 0) + 1
        for kind in kinds_of_value(value):
            self.kinds[kind] = self.kinds.get(kind, 0) + 1

    def result(self, index: int, name: str, rows: int, samples: Sequence[str]) -> ColumnAnalysis:
        """What is told of the column."""
        kind = self.types[0] if self.types else "text"
        return ColumnAnalysis(
            index=index, name=name[:LONGEST_NAME], type="empty" if self.empty == rows else kind, empty=self.empty,
            distinct=self.distinct.estimate(), longest=self.longest,
            shape=max(self.shapes, key=self.shapes.__getitem__, default=""),
            personal_data=self.personal_data(name), samples=list(samples),
        )  # fmt: skip

    def personal_data(self, name: str) -> str | None:
        """The kind that most values look like; where no pattern is that sure, what the name says."""
        named = kind_of_name(name)
        if strong := self._mostly([kind for kind, _ in STRONG]):
            return strong
        return named.name if named else self._mostly([kind for kind, _ in WEAK])

    def _mostly(self, kinds: Sequence[str]) -> str | None:
        for kind in kinds:
            if self.looked_at and self.kinds.get(kind, 0) >= MAJORITY.get(kind, 0.6) * self.looked_at:
                return kind
        return None


def shape_of(value: str) -> str:
    """A value's pattern: `9` for each digit, `a` for each letter, everything else as it is."""
    return _LETTER.sub("a", _DIGIT.sub("9", kept(value[:LONGEST_SHAPE])))
