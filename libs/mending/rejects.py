"""The rejected records of a job that has ended, in pages that a person can look through: those not yet sent again."""

from collections.abc import Generator
from contextlib import closing
from itertools import islice

import msgspec
from msgspec import Struct

from libs.contracts.chunks import Fault, Reject
from libs.contracts.jobs import STATUS_VI, Job
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import Task
from libs.contracts.tasks.types.load import LOAD
from libs.contracts.texts import worded
from libs.database.mendings import MendingStore
from libs.depth import is_too_deep
from libs.intake.validation.bodies import UNDECODABLE
from libs.lookup.jobs import JobLookup
from libs.mending.fields import Record
from libs.mending.loads.records import LoadRecords

PAGE = 50
PAGE_BYTES, LARGEST = 256 * 1024, 64 * 1024
"""Of records as they came: of a page, and of one that is mended here."""
LOOKED_AT = 10_000
"""Rejects that are looked at for one page."""
_ASKED_AT_ONCE = 250


class Rejected(Struct, frozen=True):
    """A rejected record."""

    index: int
    """Its place in its job."""
    record: Record
    """As it came; of a row that could be no record, what could be made of its cells. Empty where nothing is known."""
    faults: list[Fault]
    external_id: str | None
    size: int


class RejectedPage(Struct, frozen=True):
    """Some rejected records, by index."""

    rows: list[Rejected]
    after: int | None
    """Behind which index there may be others; None where there are none."""


def require_mendable(job: Job | Task) -> None:
    """Raise Refusal where what a job has rejected cannot be sent again by itself."""
    if isinstance(job, Task) and job.type != LOAD.name:
        reason = "MEND_NO_RECORDS"
    elif not job.status.ended:
        reason = "JOB_IS_OPEN"
    elif job.dry_run:
        reason = "MEND_DRY_RUN"
    elif isinstance(job, Job) and job.aborted:
        reason = "MEND_ABORTED"
    else:
        return
    why, why_vi = worded(reason)
    raise Refusal(
        "JOB_STATE", members={"reason": reason}, status=job.status.value, status_vi=STATUS_VI[job.status], reason=why,
        reason_vi=why_vi,
    )  # fmt: skip


class Rejects:
    """Reads them. Raises psycopg.Error, redis.RedisError, Refusal."""

    def __init__(self, lookup: JobLookup, loads: LoadRecords, mendings: MendingStore) -> None:
        self._lookup = lookup
        self._loads = loads
        self._mendings = mendings

    def page(self, job: Job | Task, *, after: int) -> RejectedPage:
        """The next ones behind an index that nobody has sent again."""
        rows: list[Rejected] = []
        size, looked = 0, 0
        with closing(self._each(job, after)) as rejects:
            while some := list(islice(rejects, _ASKED_AT_ONCE)):
                gone = self._mendings.sent_again(job.tenant_id, job.id, [reject.index for reject in some])
                for reject in some:
                    if reject.index in gone or reject.failed:
                        after = reject.index
                        continue
                    size += len(reject.raw)
                    if len(rows) == PAGE or (rows and size > PAGE_BYTES):
                        return RejectedPage(rows, after)
                    rows.append(_rejected(reject))
                    after = reject.index
                looked += len(some)
                if looked >= LOOKED_AT:
                    return RejectedPage(rows, after)
        return RejectedPage(rows, None)

    def these(self, job: Job | Task, indexes: set[int]) -> dict[int, Rejected]:
        """Those of these that are there, whether they were sent again or not."""
        found: dict[int, Rejected] = {}
        last = max(indexes, default=-1)
        with closing(self._each(job, min(indexes, default=0) - 1)) as rejects:
            for reject in rejects:
                if reject.index > last:
                    break
                if reject.index in indexes and not reject.failed:
                    found[reject.index] = _rejected(reject)
        return found

    def _each(self, job: Job | Task, after: int) -> Generator[Reject]:
        if isinstance(job, Task):
            yield from self._loads.drafts(job, after=after)
            return
        for page in self._lookup.reject_pages(job, after=after, raw=True):
            yield from page


def _rejected(reject: Reject) -> Rejected:
    record = _read(reject.raw) if len(reject.raw) <= LARGEST else {}
    return Rejected(reject.index, record, reject.faults, reject.external_id, len(reject.raw))


def _read(raw: bytes) -> Record:
    try:
        record = msgspec.json.decode(raw)
    except UNDECODABLE:
        return {}
    return record if isinstance(record, dict) and not is_too_deep(record) else {}
