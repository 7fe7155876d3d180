"""What is wrong with the records of a job: by code and field, and record by record."""

from collections.abc import Generator
from contextlib import closing
from itertools import chain, islice

from msgspec import Struct

from libs.contracts.chunks import RecordErrors, error_views
from libs.contracts.jobs import Job
from libs.contracts.tasks.kinds import Task
from libs.contracts.tasks.types.load import LOAD
from libs.database.reader import FaultCounts, JobReader
from libs.lookup import page_tokens
from libs.lookup.jobs import JobLookup
from libs.mending.loads.records import LoadRecords

FAULTS_SHOWN = 30
RECORDS_SHOWN = 25
LAST_ROW = (1 << 63) - 1


class Errors(Struct, frozen=True):
    """A page of a job's errors."""

    faults: FaultCounts
    records: list[RecordErrors]
    more: str | None = None
    """The token of the next page."""


class ErrorReader:
    """Reads them. Raises Refusal, redis.RedisError, psycopg.Error."""

    def __init__(self, reader: JobReader, lookup: JobLookup, loads: LoadRecords) -> None:
        self._reader = reader
        self._lookup = lookup
        self._loads = loads

    def page(self, job: Job | Task, token: object) -> Errors | None:
        """The page that a token names; None of a job that has no records."""
        if isinstance(job, Task) and job.type != LOAD.name:
            return None
        last = page_tokens.read_index_token(job.id, token, LAST_ROW)
        with closing(self._each(job, last)) as errors:
            found = list(islice(errors, RECORDS_SHOWN + 1))
        shown = found[:RECORDS_SHOWN]
        more = page_tokens.after_index(job.id, shown[-1].index) if len(found) > len(shown) else None
        count = self._reader.faults_of_load if isinstance(job, Task) else self._reader.faults_of_batch
        return Errors(count(job.tenant_id, job.id, limit=FAULTS_SHOWN), shown, more)

    def _each(self, job: Job | Task, after: int) -> Generator[RecordErrors]:
        if isinstance(job, Task):
            yield from self._loads.plain_errors(job, after=after)
            return
        rejects = chain.from_iterable(self._lookup.reject_pages(job, after=after, raw=False))
        for reject in rejects:
            yield RecordErrors(reject.index, error_views(reject))
