"""Asking for tasks, and waiting for the end of any job."""

import datetime
import uuid
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO, Literal
from uuid import UUID

import msgspec

from libs.client.calls.jobs import JOBS, JobCalls, job_path
from libs.client.connection import decode
from libs.client.tally import FIRST_INTERVAL, INTERVAL_GROWTH, LONGEST_INTERVAL
from libs.contracts.answers import JobView, ProgressView
from libs.contracts.files.file import FileView
from libs.contracts.jobs import Lane, Mode
from libs.contracts.tasks.types.package import PackageFormat, PackageName
from libs.contracts.tasks.types.report import ReportFormat


class TaskCalls(JobCalls):
    """Jobs of more than one batch. Every method raises SluiceError.

    `key` names what is asked for: asked again with the same key and parameters, the server answers with the same job.
    Without one a random key is made, so that what is sent again after a failure opens nothing twice.
    """

    def start(self, kind: str, parameters: dict[str, Any], *, key: str | None = None) -> JobView:
        """Ask for a task of any type; parameters that are None are left out."""
        answer = self._connection.send(
            "POST",
            f"{JOBS}/{kind}",
            headers={"Content-Type": "application/json", "Idempotency-Key": key or uuid.uuid4().hex},
            content=msgspec.json.encode({name: value for name, value in parameters.items() if value is not None}),
        )
        return decode(answer, JobView)

    def analyze(self, file: FileView | str | UUID, *, key: str | None = None, **options: Any) -> JobView:
        """Look at a file; its result and the file itself then say what is in it."""
        return self.start("analyze", {"file_id": _id(file), **options}, key=key)

    def propose(self, file: FileView | str | UUID, entity: str, *, key: str | None = None, **options: Any) -> JobView:
        """Have a mapping proposed; its result names the mapping."""
        return self.start("mapping", {"file_id": _id(file), "entity": entity, **options}, key=key)

    def load(
        self,
        file: FileView | str | UUID,
        entity: str,
        *,
        mapping_id: str | UUID | None = None,
        mode: Mode = "insert",
        dry_run: bool = False,
        lane: Lane = "normal",
        key: str | None = None,
    ) -> JobView:
        """Load a file's rows as records. Without a mapping every header must be the name of a field."""
        parameters = {
            "file_id": _id(file), "entity": entity, "mapping_id": mapping_id, "mode": mode, "dry_run": dry_run,
            "lane": lane,
        }  # fmt: skip
        return self.start("load", parameters, key=key)

    def bulk(
        self,
        action: Literal["cancel", "retry"],
        wanted: dict[str, Any],
        *,
        expected: int,
        before: datetime.datetime | None = None,
        reason: str = "",
        key: str | None = None,
    ) -> JobView:
        """Cancel or retry all jobs that match a filter, whose members are those of lists; `before` is a cut-off.

        Where more than `expected` match it is SluiceError BULK_MORE, and nothing is done.
        """
        parameters = {
            "action": action, "filter": wanted, "expected": expected, "before": before, "reason": reason,
        }  # fmt: skip
        return self.start("bulk", parameters, key=key)

    def package(
        self,
        package: PackageName,
        *,
        formats: Sequence[PackageFormat] = ("xlsx",),
        language: Literal["vi", "en"] = "vi",
        columns: dict[str, list[str]] | None = None,
        key: str | None = None,
    ) -> JobView:
        """Have files made of the inventory; the job's result names them, `save_file` fetches each."""
        parameters = {"package": package, "formats": list(formats), "language": language, "columns": columns}
        return self.start("package", parameters, key=key)

    def report(
        self,
        since: datetime.date | None = None,
        until: datetime.date | None = None,
        *,
        formats: Sequence[ReportFormat] = ("pdf", "html"),
        language: Literal["vi", "en"] = "vi",
        key: str | None = None,
    ) -> JobView:
        """Have a report made on some days of Viet Nam, the last one included; on the last whole week without any.

        The job's result names the files, `save_file` fetches each.
        """
        parameters = {"from": since, "to": until, "formats": list(formats), "language": language}
        return self.start("report", parameters, key=key)

    def wait(self, job_id: str | UUID, on_progress: Callable[[ProgressView], None] = lambda _: None) -> JobView:
        """The job at its end; `on_progress` is told whenever something has moved."""
        seen, interval = None, FIRST_INTERVAL
        while True:
            progress = self.progress(job_id)
            moved, seen = progress != seen, progress
            if moved:
                on_progress(progress)
            if progress.status.ended:
                return self.job(job_id)
            interval = FIRST_INTERVAL if moved else min(LONGEST_INTERVAL, interval * INTERVAL_GROWTH)
            self._connection.retrying.sleep(interval)

    def save_rejects(self, job_id: str | UUID, target: BinaryIO) -> None:
        """Write the rejected records, in the form in which they came, to a file that can be written again.

        Those of a load are rows of its file with its header, byte for byte; those of a batch are NDJSON.
        """
        self._connection.save(job_path(job_id, "rejects"), target)


def _id(file: FileView | str | UUID) -> str:
    return str(file.id if isinstance(file, FileView) else file)
