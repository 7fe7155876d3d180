"""What is under way, as it goes: an upload in bytes, a task in its stages."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from libs.client.client import SluiceClient
from libs.client.commands.options import Failure, again
from libs.client.commands.screen.display import LiveLine, bar, byte_text, counts_line, echo
from libs.client.files.uploading import UploadProgress
from libs.contracts.answers import JobView, ProgressView
from libs.contracts.files.file import FileView
from libs.contracts.jobs import JobStatus
from libs.contracts.tasks.registry import KINDS
from libs.contracts.texts import chosen, said

LABELS = ("UPLOADING", "ANALYSING", "MATCHING", "LOADING", "MAKING")
"""What is done with a file, in turn."""


def brought(client: SluiceClient, path: Path) -> FileView:
    """The file, uploaded before the eyes of a person."""
    line, began = LiveLine(), time.monotonic()

    def show(progress: UploadProgress) -> None:
        share = progress.received / progress.size if progress.size else 1.0
        rate = progress.received / max(time.monotonic() - began, 0.001)
        text = f"{byte_text(progress.received)} / {byte_text(progress.size)}  {byte_text(int(rate))}/s"
        line.show(f"{labelled_bar('UPLOADING', share)}  {text}", last=progress.received == progress.size)

    try:
        return client.upload(path, on_progress=show)
    except OSError as error:
        raise Failure(said("FILE_UNREADABLE", path=path, reason=error.strerror)) from None


def ended(client: SluiceClient, job_id: UUID, label: str = "") -> JobView:
    """The job at its end, followed before the eyes of a person. Ctrl-C says how to go on without it.

    A label, by its name in the catalogue, stands for the stages where a person knows what is done.
    """
    line = LiveLine()

    def show(progress: ProgressView) -> None:
        line.show(_progress_text(progress, label), last=progress.status.ended)

    with _left_alone(job_id):
        return client.wait(job_id, show)


def finished(client: SluiceClient, job_id: UUID, label: str) -> JobView:
    """The job at its end, followed; one that has not completed is a Failure."""
    job = ended(client, job_id, label)
    if job.status is not JobStatus.COMPLETED:
        raise Failure(why_not(job))
    return job


def save_rejects(client: SluiceClient, job_id: UUID, path: Path) -> None:
    """Write a job's rejected records to a file, and say so."""
    try:
        with path.open("wb") as file:
            client.save_rejects(job_id, file)
    except OSError as error:
        raise Failure(said("FILE_UNWRITABLE", path=path, reason=error.strerror)) from None
    echo(said("REJECTS_WRITTEN", path=path))


def why_not(job: JobView) -> str:
    """Why a job has not completed."""
    reason = chosen(job.error, job.error_vi) if job.error and job.error_vi else chosen(job.status.value, job.status_vi)
    return f"{job.last_error}: {reason}" if job.last_error else f"{said('JOB')} {job.id}: {reason}"


def labelled_bar(label: str, share: float) -> str:
    """A bar behind what is being done."""
    return f"{said(label):<{max(len(said(other)) for other in LABELS)}}  {bar(share)}"


def _progress_text(progress: ProgressView, label: str) -> str:
    """One line: how far, in which stage, and what has become of the records."""
    records = progress.records
    counts = [("WRITTEN", records.written), ("REJECTED", records.rejected), ("FAILED", records.failed)]
    shown = counts_line([(name, count) for name, count in counts if count or name == "WRITTEN"])
    share = progress.progress / 100
    parts = (labelled_bar(label, share),) if label else (bar(share), _doing(progress))
    return "  ".join((*parts, shown) if records.total else parts)


def _doing(progress: ProgressView) -> str:
    """The stage of what goes on, else the state."""
    stages = KINDS[progress.type].stages if progress.type in KINDS and not progress.status.ended else ()
    stage = next((stage for stage in stages if stage.name == progress.stage), None)
    return chosen(stage.en, stage.vi) if stage else chosen(progress.status.value, progress.status_vi)


@contextmanager
def _left_alone(job_id: UUID) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        echo("\n" + said("JOB_GOES_ON", watch=again(f"job {job_id} --watch"), cancel=again(f"job {job_id} --cancel")))
        raise
