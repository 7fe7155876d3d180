"""Words the answers to a batch: accepted (202), written (201), tried out (200) or refused (422 and others)."""

import uuid
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from libs.contracts.answers import BatchAnswer, BatchResult, job_url, with_ids
from libs.contracts.chunks import IdMaker, Outcome, RecordErrorView, Reject, SettledChunk, error_views
from libs.contracts.jobs import STATUS_VI, Job, JobStatus
from libs.contracts.refusals import Refusal
from libs.contracts.texts import worded
from libs.intake.opening import Ticket
from libs.intake.validation.batch import MOST_ERRORS, Verdict


def first_errors(rejects: list[Reject]) -> list[RecordErrorView]:
    """The first errors, by index; whole records, until there are enough."""
    errors: list[RecordErrorView] = []
    for reject in sorted(rejects, key=lambda each: each.index):
        if len(errors) >= MOST_ERRORS:
            break
        errors += error_views(reject)
    return errors[:MOST_ERRORS]


def certain_ids(batch: Verdict, ticket: Ticket, epoch_ms: int) -> list[str | None]:
    """The ids of the accepted records, in the order of the request; None where only the write will tell."""
    made, unsure = IdMaker(ticket.job_id, epoch_ms), ticket.unsure
    return [
        None if index in unsure else made.text(index) if given is None else str(given)
        for index, given in zip(batch.indexes, batch.own_ids, strict=True)
    ]


def accepted(
    batch: Verdict, ticket: Ticket, status: JobStatus, epoch_ms: int, settled: Sequence[SettledChunk] = ()
) -> dict[str, Any]:
    """The members of a 202; of chunks that are written, the ids are those that are in the database."""
    url, taken = job_url(ticket.job_id), len(batch.indexes)
    message, message_vi = worded("BATCH_ACCEPTED", accepted=taken, total=batch.total)
    answer = BatchAnswer(
        job_id=ticket.job_id, status=status, status_vi=STATUS_VI[status],
        message=message, message_vi=message_vi,
        total_submitted=batch.total, total_accepted=taken, total_rejected=batch.rejected,
        errors=first_errors(batch.first_rejects), errors_url=f"{url}/errors", job_url=url,
        progress_url=f"{url}/progress",
    )  # fmt: skip
    done = [chunk for chunk in settled if chunk.outcome.written]
    ids = _with_stored(batch, ticket.job_id, certain_ids(batch, ticket, epoch_ms), done)
    return with_ids(answer, batch.entity, ids)


def written(batch: Verdict, job: Job, settled: Sequence[SettledChunk]) -> dict[str, Any]:
    """The members of a 201 or of a dry run's 200."""
    url, counts = job_url(job.id), job.records
    late = [reject for chunk in settled for reject in chunk.outcome.rejects]
    duration = (job.finished_at - job.created_at).total_seconds() if job.finished_at else 0.0
    sentence = "BATCH_TRIED" if job.dry_run else "BATCH_WRITTEN"
    message, message_vi = worded(sentence, written=counts.written, total=batch.total)
    answer = BatchResult(
        job_id=job.id, status=job.status, status_vi=STATUS_VI[job.status],
        message=message, message_vi=message_vi,
        total_submitted=batch.total, total_accepted=len(batch.indexes), total_rejected=counts.rejected,
        total_created=counts.created, total_updated=counts.updated, total_unchanged=counts.unchanged,
        total_failed=counts.total - counts.written, duration_seconds=round(max(duration, 0.0), 3),
        errors=first_errors(batch.first_rejects + late), errors_url=f"{url}/errors", job_url=url,
        progress_url=f"{url}/progress",
    )  # fmt: skip
    return with_ids(answer, batch.entity, _stored_ids(batch, job.id, settled))


def _stored_ids(batch: Verdict, job_id: uuid.UUID, settled: Sequence[SettledChunk]) -> list[str | None]:
    """The ids of the records that are in the database, in the order of the request."""
    ids = _with_stored(batch, job_id, [None] * len(batch.indexes), settled)
    return [each for each in ids if each is not None]


def _with_stored(
    batch: Verdict, job_id: uuid.UUID, ids: list[str | None], settled: Sequence[SettledChunk]
) -> list[str | None]:
    """Put in what is known of records in settled chunks: the stored id, or None where nothing was written."""
    for chunk in settled:
        low, high = (bisect_left(batch.indexes, edge) for edge in (chunk.span.first, chunk.span.end))
        ids[low:high] = _ids_of(batch.indexes[low:high], batch.own_ids[low:high], job_id, chunk.outcome)
    return ids


def _ids_of(
    indexes: Sequence[int], own_ids: Sequence[uuid.UUID | None], job_id: uuid.UUID, outcome: Outcome
) -> list[str | None]:
    if not outcome.written:
        return [None] * len(indexes)
    made, resolved = IdMaker(job_id, outcome.epoch_ms), outcome.resolved
    refused = {reject.index for reject in outcome.rejects}
    return [
        None if index in refused
        else str(uuid.UUID(bytes=resolved[index])) if index in resolved
        else made.text(index) if given is None
        else str(given)
        for index, given in zip(indexes, own_ids, strict=True)
    ]  # fmt: skip


def refusal(job: Job, members: dict[str, Any], *, abort: bool) -> Refusal:
    """The problem for a job that has ended with nothing written."""
    if job.status is JobStatus.CANCELLED:
        return Refusal("JOB_CANCELLED", members=members)
    if abort and job.records.rejected:
        return Refusal("BATCH_ABORTED", members=members)
    return Refusal("JOB_FAILED" if job.records.failed else "NO_VALID_RECORD", members=members)
