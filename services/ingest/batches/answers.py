"""Words the answers to a batch: accepted (202), written (201), tried out (200) or refused (422 and others)."""

import uuid
from typing import Any

from libs.contracts.answers import BatchAnswer, BatchResult, job_url, with_ids
from libs.contracts.chunks import IdMaker, Outcome, RecordErrorView, Reject, error_views
from libs.contracts.jobs import STATUS_VI, Job, JobStatus
from libs.contracts.refusals import Refusal
from libs.contracts.texts import worded
from libs.intake.chunking import Span
from libs.intake.validation import MOST_ERRORS, Verdict


def first_errors(rejects: list[Reject]) -> list[RecordErrorView]:
    """The first errors, by index; whole records, until there are enough."""
    errors: list[RecordErrorView] = []
    for reject in sorted(rejects, key=lambda each: each.index):
        if len(errors) >= MOST_ERRORS:
            break
        errors += error_views(reject)
    return errors[:MOST_ERRORS]


def accepted_ids(batch: Verdict, job_id: uuid.UUID, epoch_ms: int) -> list[str]:
    """The ids of the accepted records, in the order of the request."""
    made = IdMaker(job_id, epoch_ms)
    return [
        made.text(index) if given is None else str(given)
        for index, given in zip(batch.indexes, batch.own_ids, strict=True)
    ]


def accepted(batch: Verdict, job_id: uuid.UUID, status: JobStatus, epoch_ms: int) -> dict[str, Any]:
    """The members of a 202."""
    url, taken = job_url(job_id), len(batch.indexes)
    message, message_vi = worded("BATCH_ACCEPTED", accepted=taken, total=batch.total)
    answer = BatchAnswer(
        job_id=job_id, status=status, status_vi=STATUS_VI[status],
        message=message, message_vi=message_vi,
        total_submitted=batch.total, total_accepted=taken, total_rejected=batch.rejected,
        errors=first_errors(batch.first_rejects), errors_url=f"{url}/errors", job_url=url,
        progress_url=f"{url}/progress",
    )  # fmt: skip
    return with_ids(answer, batch.entity, accepted_ids(batch, job_id, epoch_ms))


def written(batch: Verdict, job: Job, chunks: list[Span], outcomes: dict[int, Outcome]) -> dict[str, Any]:
    """The members of a 201 or of a dry run's 200."""
    url, counts = job_url(job.id), job.records
    late = [reject for outcome in outcomes.values() for reject in outcome.rejects]
    duration = (job.finished_at - job.created_at).total_seconds() if job.finished_at else 0.0
    sentence = "BATCH_TRIED" if job.dry_run else "BATCH_WRITTEN"
    message, message_vi = worded(sentence, written=counts.written, total=batch.total)
    answer = BatchResult(
        job_id=job.id, status=job.status, status_vi=STATUS_VI[job.status],
        message=message, message_vi=message_vi,
        total_submitted=batch.total, total_accepted=len(batch.indexes), total_rejected=counts.rejected,
        total_created=counts.created, total_updated=counts.updated, total_unchanged=counts.unchanged,
        total_failed=counts.total - counts.written, duration_seconds=round(duration, 3),
        errors=first_errors(batch.first_rejects + late), errors_url=f"{url}/errors", job_url=url,
        progress_url=f"{url}/progress",
    )  # fmt: skip
    return with_ids(answer, batch.entity, _stored_ids(batch, job.id, chunks, outcomes))


def _stored_ids(batch: Verdict, job_id: uuid.UUID, chunks: list[Span], outcomes: dict[int, Outcome]) -> list[str]:
    """The ids of the records that are in the database, in the order of the request."""
    ids: list[str] = []
    records = iter(zip(batch.indexes, batch.own_ids, strict=True))
    pending = next(records, None)
    for number, span in enumerate(chunks):
        outcome = outcomes.get(number)
        made = IdMaker(job_id, outcome.epoch_ms if outcome else 0)
        refused = {reject.index for reject in outcome.rejects} if outcome else set()
        while pending and pending[0] < span.end:
            index, given = pending
            pending = next(records, None)
            if outcome is None or not outcome.written or index in refused:
                continue
            if stored := outcome.resolved.get(index):
                ids.append(str(uuid.UUID(bytes=stored)))
            else:
                ids.append(made.text(index) if given is None else str(given))
    return ids


def refusal(job: Job, members: dict[str, Any], *, abort: bool) -> Refusal:
    """The problem for a job that has ended with nothing written."""
    if job.status is JobStatus.CANCELLED:
        return Refusal("JOB_CANCELLED", members=members)
    if abort and job.records.rejected:
        return Refusal("BATCH_ABORTED", members=members)
    return Refusal("JOB_FAILED" if job.records.failed else "NO_VALID_RECORD", members=members)
