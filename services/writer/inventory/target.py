"""What is written, and what became of it."""

import uuid

from msgspec import Struct, field

from libs.contracts.chunks import Fault
from libs.contracts.jobs import Mode
from services.writer.inventory.rows import Shape


class Target(Struct, frozen=True):
    """Whose records are written, for which job and how."""

    shape: Shape
    tenant: uuid.UUID
    job: uuid.UUID
    mode: Mode
    token: uuid.UUID | None = None
    """Of the rows that are staged for it, where all writers stage in the same tables; none where each has its own."""


class Applied(Struct):
    """What became of some rows: counters, faults by position, and ids of stored rows where they are not the row's."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    faulty: dict[int, list[Fault]] = field(default_factory=dict)
    resolved: dict[int, bytes] = field(default_factory=dict)

    def add(self, other: "Applied") -> None:
        """Take in what became of other rows."""
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.faulty.update(other.faulty)
        self.resolved.update(other.resolved)
