"""Reading and steering jobs."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from libs.client.answers import JobErrorPage
from libs.client.calls.calls import Calls, each_of, path_of
from libs.client.lines import split_lines
from libs.contracts.answers import JobPage, JobView, ProgressView
from libs.contracts.chunks import RowErrorView
from libs.contracts.jobs import JobStatus, RetryStrategy

JOBS = "/api/v1/jobs"


class JobCalls(Calls):
    """What can be asked of the tenant's jobs, of whatever type they are. Every method raises SluiceError."""

    def job(self, job_id: str | UUID) -> JobView:
        """The job. A job that this tenant does not have is SluiceError JOB_NOT_FOUND."""
        return self._connection.get(job_path(job_id), JobView)

    def jobs(
        self,
        *,
        status: JobStatus | str | None = None,
        kind: str | None = None,
        entity: str | None = None,
        limit: int | None = None,
    ) -> Iterator[JobView]:
        """The tenant's jobs, newest first, at most `limit` of them; pages are fetched as they are needed."""

        def page(params: dict[str, Any]) -> tuple[list[JobView], str | None]:
            found = self._connection.get(JOBS, JobPage, {"status": status, "type": kind, "entity": entity, **params})
            return found.jobs, found.next_page_token

        return each_of(page, limit)

    def progress(self, job_id: str | UUID) -> ProgressView:
        """How far the job is, cheaper to ask for than the job."""
        return self._connection.get(job_path(job_id, "progress"), ProgressView)

    def errors(self, job_id: str | UUID) -> Iterator[RowErrorView]:
        """Every error of every record of the job; a record may have several. Pages are fetched as they are needed."""
        token: str | None = None
        while True:
            page = self._connection.get(job_path(job_id, "errors"), JobErrorPage, {"page_token": token})
            yield from page.errors
            token = page.next_page_token
            if token is None:
                return

    def rejects(self, job_id: str | UUID) -> Iterator[bytes]:
        """The job's rejected records as they came, one JSON text each; they are complete when the job has ended."""
        # Read whole: a job holds one request's records, and an answer that breaks off leaves no half behind.
        answer = self._connection.send("GET", job_path(job_id, "rejects"), headers={"Accept": "application/x-ndjson"})
        return split_lines([answer.content])

    def cancel(self, job_id: str | UUID) -> JobView:
        """Write no more of the job; what is written stays. A job that has ended is SluiceError JOB_STATE."""
        self._connection.send("POST", job_path(job_id, "cancel"))
        return self.job(job_id)

    def retry(self, job_id: str | UUID, strategy: RetryStrategy = "transient") -> JobView:
        """Try the job's failed chunks again: those that failed for a passing reason, or all of them."""
        self._connection.send("POST", job_path(job_id, "retry"), params={"strategy": strategy})
        return self.job(job_id)


def job_path(job_id: str | UUID, part: str = "") -> str:
    """The path of a job or of a part of it."""
    return path_of(JOBS, job_id, part)
