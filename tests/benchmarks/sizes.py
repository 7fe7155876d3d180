"""How much is measured: one number, the records of workload A, scales everything else."""

from dataclasses import dataclass

FULL = 200_000
"""Records of workload A in a full run."""
BATCH = 10_000
"""Records a request: the most that the API takes."""
PART = 2
"""Peers that would take minutes for all records get one part in so many."""
CHUNK = 2_000
"""Records a chunk, as ingest cuts them by default."""


@dataclass(frozen=True)
class Sizes:
    """What a run measures."""

    records: int = FULL
    rounds: int = 3

    @property
    def batch(self) -> int:
        """Records a request."""
        return min(BATCH, self.records)

    def scaled(self, full: int, *, least: int = 1) -> int:
        """A number of a full run, for this run."""
        return max(least, round(full * self.records / FULL))
