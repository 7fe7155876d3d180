"""How much is measured: one number, the records of workload A, scales everything else."""

from dataclasses import dataclass

FULL = 200_000
"""Records of workload A in a full run."""
BATCH = 10_000
"""Records a request: the most that the API takes."""


@dataclass(frozen=True)
class Sizes:
    """What a run measures."""

    records: int = FULL
    rounds: int = 3
    large: bool = False
    """Also measure on a table that holds five million rows already."""

    @property
    def batch(self) -> int:
        """Records a request."""
        return min(BATCH, self.records)

    @property
    def peer_records(self) -> int:
        """Records a round of the peers that would take minutes for all of them: a fifth, in whole batches."""
        return max(self.batch, self.records // 5 // self.batch * self.batch)

    def scaled(self, full: int, *, least: int = 1) -> int:
        """A number of a full run, for this run."""
        return max(least, round(full * self.records / FULL))
