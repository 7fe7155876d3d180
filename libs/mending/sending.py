"""Sends mended records again: as a new batch, which both stores know to come from the old job."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from libs.contracts.chunks import Fault
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import Job
from libs.contracts.tasks.kinds import Task
from libs.database.mendings import MendingStore, NewMending
from libs.intake.admission import Admission
from libs.intake.audit import audit_entry
from libs.intake.opening import Intake
from libs.intake.options import BatchOptions, Origin
from libs.intake.validation.batch import decoding_slot
from libs.intake.validation.bodies import NDJSON
from libs.intake.validation.judging import Batch
from libs.intake.validation.rows import Rows, validate_rows


class Mended(Struct, frozen=True):
    """Records that a person has mended, by their indexes in the old job."""

    records: Mapping[int, dict[str, Any]]

    def rows(self) -> Rows:
        """As rows, in the order of their indexes."""
        return Rows([msgspec.json.encode(self.records[index]) for index in self.indexes], {})

    @property
    def indexes(self) -> Sequence[int]:
        """Ascending."""
        return sorted(self.records)


def faults_of(entity: str, mended: Mended) -> dict[int, list[Fault]]:
    """By index, what is wrong with records still, by the rules that every batch is validated by."""
    with decoding_slot():
        batch = validate_rows(ENTITIES[entity], mended.rows())
    indexes = mended.indexes
    return {indexes[reject.index]: reject.faults for reject in batch.rejects}


class Sending:
    """Opens the batches. Raises Refusal, redis.RedisError, psycopg.Error; then there is none."""

    def __init__(self, intake: Intake, admission: Admission, mendings: MendingStore) -> None:
        self._intake = intake
        self._admission = admission
        self._mendings = mendings

    def send(self, origin: Origin, job: Job | Task, mended: Mended, reason: str) -> uuid.UUID:
        """The new batch; the same records again are the same batch. Raises Refusal where some were sent before."""
        self._admission.check(job.tenant_id)
        rows = mended.rows()
        options, origin = _options(job, rows), replace(origin, route=f"mend/{job.id}")
        with decoding_slot():
            batch: Batch = validate_rows(options.entity, rows)
            prepared = self._intake.prepare(origin, options, batch, options.fingerprint_of(rows.content()))
        audit = audit_entry(origin, "job.mend", job.id, job.entity or "", {"records": batch.total}, reason)
        new = NewMending(
            tenant_id=job.tenant_id, batch_id=prepared.job.id, job_id=job.id, indexes=list(mended.indexes),
            created_by=origin.caller.subject, is_task=isinstance(job, Task),
        )  # fmt: skip
        with self._mendings.noting(new, audit) as fresh:
            if fresh:
                self._intake.accept(prepared)
        return new.batch_id


def _options(job: Job | Task, rows: Rows) -> BatchOptions:
    """As the old job was handled; the key is what is sent."""
    content = hashlib.sha256()
    for piece in rows.content():
        content.update(piece)
    return BatchOptions(
        entity=ENTITIES[job.entity or ""], kind=NDJSON, mode=job.mode or "insert", on_error="continue", lane=job.lane,
        dry_run=False, key=content.hexdigest(),
    )  # fmt: skip
