"""The outside checker: compares what the scanners were told with what PostgreSQL holds. Each rule yields violations.

It knows the contract alone: it imports nothing of the system and reads with SQL. What the rules say together:

- what was acknowledged is stored, once, whole, with its links, under its tenant, or its reject says why not;
- what was not acknowledged is all or nothing, chunk by chunk;
- a job's counters are the sums of its chunks in the ledger, and those are the rows of the inventory.
"""

import uuid
from collections import Counter
from collections.abc import Iterator

from tests.fault.checking.case import Case
from tests.fault.checking.chunk_rule import WRITTEN, chunks_are_all_or_nothing
from tests.fault.checking.history import Answer
from tests.fault.checking.stored import COUNTERS, Row
from tests.fault.running.scanners.workload import LINKS, Batch

ENDED = ("completed", "failed", "cancelled")
EXPECTED_CODES = frozenset(
    {
        *("", "BATCH_ABORTED", "QUEUE_UNAVAILABLE", "DATABASE_UNAVAILABLE", "DRAINING"),
        *("BACKLOG", "TENANT_BACKLOG", "QUEUE_FULL"),
    }
)
Violations = Iterator[str]


def check(case: Case) -> list[str]:
    """All violations; none if the run was good."""
    rules = (
        answers_are_expected,
        jobs_are_as_many_as_promised,
        rows_are_what_was_posted,
        records_are_stored_once,
        jobs_add_up,
        chunks_are_all_or_nothing,
        pools_add_up,
        announced_ids_are_stored,
    )
    return [f"{rule.__name__}: {violation}" for rule in rules for violation in rule(case)]


def answers_are_expected(case: Case) -> Violations:
    """No request of a scanner is wrong, so none is refused for itself, and whatever happens, none is answered 500."""
    for batch in case.batches():
        for answer in case.history.answers[batch.name]:
            if answer.status == 500 or answer.code not in EXPECTED_CODES:
                yield f"{batch.name} was answered {answer.status} {answer.code}"
            if answer.code == "BATCH_ABORTED" and not batch.aborts:
                yield f"{batch.name} was aborted without reason"
            if answer.status == 201 and not _counts_hold(batch, answer):
                yield f"{batch.name} was answered {answer.counts}"


def _counts_hold(batch: Batch, answer: Answer) -> bool:
    written = sum(answer.counts[name] for name in WRITTEN)
    bad = len(batch.faulty)
    return bool(written == len(batch.items) - bad and answer.counts["failed"] == answer.counts["rejected"] == bad)


def jobs_are_as_many_as_promised(case: Case) -> Violations:
    """An acknowledged batch is one job, the one that was named; one without an answer is one job at most."""
    for batch in case.batches():
        if batch.aborts and batch.refused_at_once:
            continue  # each attempt is refused, keeps its errors as a job of its own, and burns no key
        if batch.dry_run:
            if case.jobs(batch):
                yield f"{batch.name} was a dry run and is a job"
            continue
        jobs = {str(job["job_id"]) for job in case.jobs(batch)}
        named = {answer.job for answer in case.history.answers[batch.name] if answer.acknowledged}
        outcome = case.history.outcome(batch.name)
        if outcome == "acknowledged" and jobs != named:
            yield f"{batch.name} was acknowledged as {named} and is {jobs}"
        if outcome == "unknown" and (len(jobs) > 1 or batch.key):
            yield f"{batch.name} never got an answer (its key: {batch.key!r}) and is {jobs}"
        if outcome == "refused" and jobs:
            yield f"{batch.name} was refused and is {jobs}"
    for job in case.stored.jobs:
        accepted = case.stored.accepted.get(job["job_id"], 0)
        if accepted != 1 and not job["parent_id"] and not (case.forgets and accepted):
            yield f"the audit trail accepts job {job['job_id']} {accepted} times"


def rows_are_what_was_posted(case: Case) -> Violations:
    """A row is one record that was posted, in every column and link, for its tenant, by its job."""
    for row in case.stored.rows:
        if row.of_file:
            continue  # see file_rules
        if row.batch not in case.history.answers:
            yield f"nobody posted the {row.kind} {row.columns}"
            continue
        batch = case.workload.find(row.batch)
        name, error = f"{row.batch}/{row.index}", batch.items[row.index].error
        if row.columns["tenant_id"] != batch.tenant:
            yield f"{name} is stored for tenant {row.columns['tenant_id']}, not {batch.tenant}"
        if error or batch.aborts or batch.dry_run:
            yield f"{name} is stored and should not be ({error or ('dry run' if batch.dry_run else 'aborted')})"
        if row.columns["job_id"] not in {job["job_id"] for job in case.jobs(batch)}:
            yield f"{name} says that job {row.columns['job_id']} wrote it"
        for member in _differences(case, batch, row):
            yield f"{name} has another {member} than was posted"


def _differences(case: Case, batch: Batch, row: Row) -> Iterator[str]:
    body = batch.items[row.index].body
    for member, value in body.items():
        if member not in LINKS and str(row.columns[member]) != str(value):
            yield member
    if row.kind == "processing-activities":
        for member, links in case.stored.links.items():
            if batch.mode == "upsert" and member not in body:
                continue  # what an earlier one has brought stays
            if links.get(row.columns["activity_id"], set()) != set(map(uuid.UUID, body.get(member, []))):
                yield member


def records_are_stored_once(case: Case) -> Violations:
    """No record is there twice, and no link belongs to an activity that is not there."""
    for (batch, index), rows in case.stored.by_record.items():
        if len(rows) > 1:
            yield f"{batch}/{index} is stored {len(rows)} times"
    activities = {row.columns["activity_id"] for row in case.stored.rows if row.kind == "processing-activities"}
    for member, links in case.stored.links.items():
        if orphans := links.keys() - activities:
            yield f"{len(orphans)} activities have {member} and do not exist"


def jobs_add_up(case: Case) -> Violations:
    """Every job has ended; its counters are the ledger's sums, and those of an insert are its rows."""
    for job in case.stored.jobs:
        if case.forgotten(job):
            continue
        name, chunks = job["job_id"], case.stored.chunks.get(job["job_id"], [])
        counts = {counter: job[counter] for counter in COUNTERS}
        if job["status"] not in ENDED or job["finished_at"] is None:
            yield f"job {name} is {job['status']}"
        if job["total"] != sum(counts.values()):
            yield f"job {name} has {job['total']} records and counts {counts}"
        if counts != (sums := {counter: sum(chunk[counter] for chunk in chunks) for counter in COUNTERS}):
            yield f"job {name} counts {counts}, its chunks {sums}"
        if {chunk["chunk_no"] for chunk in chunks} != set(range(job["chunks_total"])):
            yield f"job {name} has {job['chunks_total']} chunks and {len(chunks)} in the ledger"
        rows = case.stored.rows_by_job[name]
        if rows != job["created"] if job["mode"] == "insert" else rows > job["created"] + job["updated"]:
            yield f"job {name} ({job['mode']}) counts {counts} and wrote {rows} rows"


def pools_add_up(case: Case) -> Violations:
    """Records that many batches fight about: one row each, and as many rows as the jobs say that they created."""
    stored = [
        (row.columns["tenant_id"], row.kind, row.columns["external_id"])
        for row in case.stored.rows
        if (row.columns["external_id"] or "").startswith(("upsert-", "ignore-"))
    ]
    rows = Counter((tenant, kind, name.partition("-")[0] + "-") for tenant, kind, name in stored)
    created: Counter[tuple[uuid.UUID, str, str]] = Counter()
    for batch in case.batches():
        for job in case.jobs(batch) if batch.pool else ():
            created[batch.tenant, batch.kind.name, batch.pool] += job["created"]
            good = [item.body["external_id"] for item in batch.items if not item.error]
            missing = {(batch.tenant, batch.kind.name, name) for name in good}.difference(stored)
            if missing and job["status"] == "completed":
                yield f"{batch.name} is written, and {sorted(name for _, _, name in missing)} are not there"
    if rows != +created:
        yield f"the jobs created {dict(+created)}, there are {dict(rows)}"


def announced_ids_are_stored(case: Case) -> Violations:
    """The ids of an answer are those of the rows, in the order of the records."""
    for answer in case.history.acknowledged():
        batch = case.workload.find(answer.batch)
        if batch.mode != "insert" or answer.status not in (201, 202):
            continue
        left_out = batch.faulty if answer.status == 201 else batch.refused_at_once
        places = [index for index in range(len(batch.items)) if index not in left_out]
        if len(places) != len(answer.ids):
            yield f"{batch.name} was answered {len(answer.ids)} ids for {len(places)} records"
        for index, announced in zip(places, answer.ids, strict=False):
            for row in case.stored.by_record.get((batch.name, index), []):
                if announced is not None and str(row.columns[batch.kind.id_field]) != announced:
                    yield f"{batch.name}/{index} was announced as {announced}, is {row.columns[batch.kind.id_field]}"
