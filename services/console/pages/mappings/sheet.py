"""What the page of a mapping shows: its columns with what they may become, and what is wrong with them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from libs.contracts.files.mappings import ColumnMapping, Mapping, StoredMapping
from libs.contracts.texts import worded
from libs.files.mapping.changing import missing
from libs.files.mapping.checking import faults_of
from libs.files.mapping.faults import MappingFault
from libs.files.mapping.targets import Targets, targets_for
from services.console.pages.mappings.fields import FieldKind, kind_of

COLUMNS_SHOWN = 200
MOST_CHOICES = 200
"""Targets that a list to choose from may have; more are typed."""


class Row(Struct, frozen=True):
    """A column."""

    column: ColumnMapping
    changed: bool
    """Whether the stored version has something else."""
    faults: Sequence[tuple[str, str]]
    """What does not fit, in English and Vietnamese."""
    carried: str
    """The operations of a column that was changed, and is not open, as JSON."""
    kind: FieldKind | None
    """How a value of its target is given."""


class Sheet(Struct, frozen=True, kw_only=True):
    """A mapping as it is shown."""

    stored: StoredMapping
    content: Mapping
    """As it would be."""
    targets: Targets
    rows: Sequence[Row]
    first: int
    """Which column is shown first."""
    open: int | None
    """The column whose operations are shown."""
    faults: Sequence[tuple[str, str]]
    """What is wrong besides columns."""
    missing: Sequence[str]
    editable: bool

    @property
    def dirty(self) -> bool:
        """Whether there is something to be saved."""
        return self.content != self.stored.content

    @property
    def older(self) -> int | None:
        """Where the columns before these begin."""
        return max(self.first - COLUMNS_SHOWN, 0) if self.first else None

    @property
    def further(self) -> int | None:
        """Where the columns behind these begin."""
        end = self.first + len(self.rows)
        return end if end < len(self.content.columns) else None

    @property
    def free(self) -> list[str]:
        """What neither a column nor a constant gives."""
        given = {column.target for column in self.content.columns} | set(self.content.constants)
        return [name for name in self.targets.names if name not in given]

    @property
    def constants(self) -> list[tuple[str, Any]]:
        """Those that there are, and those that are needed."""
        needed = [(name, "") for name in self.missing if self.content.entity and name not in self.content.constants]
        return [*self.content.constants.items(), *needed]

    def kind(self, target: str) -> FieldKind:
        """How a value of a target is given; of one that there is not, as text."""
        return kind_of(self.targets, target) if target in self.targets.kinds else FieldKind("text")


def sheet_of(
    stored: StoredMapping, content: Mapping | None = None, *, first: int = 0, opened: int | None = None,
    editable: bool = False,
) -> Sheet:  # fmt: skip
    """A mapping as it is shown; `content` is what somebody is making of it."""
    content = content or stored.content
    targets = targets_for(content)
    by_column = defaultdict[int, list[tuple[str, str]]](list)
    others: list[tuple[str, str]] = []
    for fault in faults_of(content):
        place = _place(fault)
        (others if place is None else by_column[place]).append(worded(fault.code, **fault.params))
    was = {column.index: column for column in stored.content.columns}
    rows = []
    for place, column in list(enumerate(content.columns))[first : first + COLUMNS_SHOWN]:
        changed = was.get(column.index) != column
        carried = msgspec.json.encode(column.operations).decode() if changed and column.index != opened else ""
        kind = kind_of(targets, column.target) if column.target in targets.kinds else None
        rows.append(Row(column, changed, by_column[place], carried, kind))
    return Sheet(
        stored=stored, content=content, targets=targets, rows=rows, first=first, open=opened, faults=others,
        missing=missing(content), editable=editable,
    )  # fmt: skip


def _place(fault: MappingFault) -> int | None:
    parts = fault.pointer.split("/")
    return int(parts[2]) if parts[1] == "columns" else None
