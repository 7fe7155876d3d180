"""A run that is over, as the rules of the checker see it."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.fault.checking.history import History
from tests.fault.checking.stored import Stored
from tests.fault.running.scanners.workload import Batch, Workload
from tests.system.samples import Json

STAGES = (("REQUIRED",), ("REFERENCE_UNKNOWN",), ("ID_EXISTS", "EXTERNAL_ID_EXISTS"))
"""Errors in the order in which they are looked for."""


@dataclass(frozen=True)
class Case:
    """What was to be posted, what the scanners were told, and what is stored."""

    workload: Workload
    history: History
    stored: Stored
    chunk_records: int
    forgets: bool = False
    """Whether Redis may forget what it has not acknowledged, as one does that fails over."""

    def forgotten(self, job: Json) -> bool:
        """Whether a job ended for that, and was never acknowledged; a repeat with its key would open it again."""
        chunks = self.stored.chunks.get(job["job_id"], [])
        lost = self.forgets and any(chunk["error"] == "QUEUE_LOST" for chunk in chunks)
        return lost and str(job["job_id"]) not in self.history.acknowledged_jobs

    def batches(self) -> Iterator[Batch]:
        """Every batch that was posted, the base included."""
        return map(self.workload.find, self.history.answers)

    def jobs(self, batch: Batch) -> list[Json]:
        """The jobs of a batch, by its request id."""
        return self.stored.jobs_by_request.get(f"{self.workload.run}-{batch.name}", [])

    def chunks(self, batch: Batch) -> list[range]:
        """The indexes of each chunk; a batch with on_error=abort is one chunk."""
        size = len(batch.items) if batch.on_error == "abort" else self.chunk_records
        return [range(low, min(low + size, len(batch.items))) for low in range(0, len(batch.items), size)]

    def expected_rejects(self, batch: Batch, state: str, places: range) -> dict[int, str]:
        """The errors that the records at these places must have, if their chunk is in this state of the ledger.

        A cancelled chunk keeps what validation had refused, an aborted one what the first stage that found any refused.
        """
        faulty = {index: code for index, code in batch.faulty.items() if index in places}
        by_stage = [{index: code for index, code in faulty.items() if code in stage} for stage in STAGES]
        if state == "cancelled":
            return by_stage[0]
        return next(filter(None, by_stage), {}) if batch.aborts else faulty
