"""The rule of the checker for one chunk of the ledger: all of it or nothing, and every record accounted for."""

from collections.abc import Iterator
from itertools import filterfalse

from tests.fault.checking.case import Case
from tests.fault.checking.stored import COUNTERS
from tests.fault.running.scanners.workload import Batch
from tests.system.samples import Json

WRITTEN = ("created", "updated", "unchanged")


def chunks_are_all_or_nothing(case: Case) -> Iterator[str]:
    """Each chunk is written, with every good record, or it is not, with none; each bad record is a reject."""
    for batch in case.batches():
        for job in filterfalse(case.forgotten, case.jobs(batch)):
            ledger = {chunk["chunk_no"]: chunk for chunk in case.stored.chunks.get(job["job_id"], [])}
            for number, places in enumerate(case.chunks(batch)):
                if number in ledger:
                    for violation in _violations(case, batch, ledger[number], places):
                        yield f"chunk {number} of {batch.name} (job {job['job_id']}): {violation}"


def _violations(case: Case, batch: Batch, chunk: Json, places: range) -> Iterator[str]:
    state = chunk["state"]
    if state not in _possible_states(batch):
        yield f"it is {state} ({chunk['error']})"
        return
    expected = case.expected_rejects(batch, state, places)
    rejects = {
        index: [fault["code"] for fault in reject["faults"]]
        for index, reject in case.stored.rejects.get(chunk["job_id"], {}).items()
        if index in places
    }
    if rejects != {index: [code] for index, code in expected.items()}:
        yield f"its rejects are {rejects}, not {expected}"

    good = [index for index in places if index not in batch.faulty]
    counts = {name: chunk[name] for name in COUNTERS if chunk[name]}
    if _summed(batch, counts) != (wanted := _wanted(state, len(places), len(good), len(expected))):
        yield f"it counts {counts}, not {wanted}"
    if batch.mode == "insert":
        there = [index for index in good if case.stored.by_record.get((batch.name, index))]
        if there != (good if state == "written" else []):
            yield f"it is {state}; of its good records {good} these are there: {there}"


def _possible_states(batch: Batch) -> tuple[str, ...]:
    if batch.aborts:
        return ("failed",)
    return ("written", "cancelled") if batch.cancel else ("written",)


def _summed(batch: Batch, counts: Json) -> Json:
    """The counters, with `written` for the three that depend on what was there before; an insert only creates."""
    summed = {name: count for name, count in counts.items() if name not in WRITTEN}
    counted = ("created",) if batch.mode == "insert" else WRITTEN
    if written := sum(counts.get(name, 0) for name in counted):
        summed["written"] = written
    return summed


def _wanted(state: str, records: int, good: int, rejects: int) -> Json:
    rest = {"written": good, "failed": records - rejects, "cancelled": records - rejects}[state]
    return {name: count for name, count in ((state, rest), ("rejected", rejects)) if count}
