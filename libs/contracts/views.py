"""Jobs of every type as the API shows them."""

import datetime
from typing import Any

from libs.contracts.answers import JobLinks, JobView, LogLineView, ProgressView, job_url
from libs.contracts.jobs import STATUS_VI, Job
from libs.contracts.tasks.kinds import LogLine, Stage, Task
from libs.contracts.tasks.registry import KINDS
from libs.contracts.texts import worded
from libs.contracts.texts.tasks import told

END = 100.0


def job_view(job: Job | Task) -> JobView:
    """A job as the API shows it."""
    url = job_url(job.id)
    own = _members_of_task(job) if isinstance(job, Task) else {"last_error": job.last_error}
    return JobView(
        id=job.id, tenant_id=job.tenant_id, type=job.type, parent_id=job.parent_id, entity=job.entity,
        status=job.status, status_vi=STATUS_VI[job.status], mode=job.mode, lane=job.lane, dry_run=job.dry_run,
        created_by=job.created_by, created_at=job.created_at, started_at=job.started_at, finished_at=job.finished_at,
        updated_at=job.updated_at, progress=_tenths(job.progress), records=job.records, chunks=job.chunks,
        attempts=job.attempts,
        links=JobLinks(
            self=url, progress=f"{url}/progress", log=f"{url}/log", errors=f"{url}/errors", rejects=f"{url}/rejects",
            ids=f"{url}/ids", cancel=f"{url}/cancel", retry=f"{url}/retry",
        ),
        **own,
    )  # fmt: skip


def _members_of_task(task: Task) -> dict[str, Any]:
    stage = _stage(task.type, task.stage)
    error, error_vi = told(task.error, {}) if task.error else (None, None)
    return {
        "stage": task.stage or None, "stage_en": stage and stage.en, "stage_vi": stage and stage.vi,
        "last_error": task.error, "error": error, "error_vi": error_vi, "parameters": task.parameters,
        "result": task.result,
    }  # fmt: skip


def progress_view(job: Job | Task, now: datetime.datetime) -> ProgressView:
    """How far a job is; the rate is over the whole time since its start."""
    records = job.records
    done = records.total - records.pending
    spent = ((job.finished_at or now) - job.started_at).total_seconds() if job.started_at else 0.0
    rate = done / spent if spent > 0 else 0.0
    message, message_vi = _doing(job, done)
    left = _left_of_task(job, spent) if isinstance(job, Task) else records.pending / rate if rate else None
    return ProgressView(
        job_id=job.id, type=job.type, status=job.status, status_vi=STATUS_VI[job.status],
        stage=(job.stage or None) if isinstance(job, Task) else None, progress=_tenths(job.progress),
        message=message, message_vi=message_vi, updated_at=job.updated_at, records=records, chunks=job.chunks,
        records_per_second=round(rate, 1),
        eta_seconds=0.0 if job.status.ended else None if left is None else round(left, 1),
    )  # fmt: skip


def line_view(line: LogLine, kind: str) -> LogLineView:
    """A line of the story of a job of this type."""
    params = line.params
    if line.code == "STAGE":
        name = str(params.get("name"))
        stage = _stage(kind, name) or Stage(name, 0, name, name)
        params = {"stage": stage.en, "stage_vi": stage.vi}
    message, message_vi = told(line.code, params)
    return LogLineView(
        seq=line.seq, at=line.at, code=line.code, message=message, message_vi=message_vi, actor=line.actor
    )


def _doing(job: Job | Task, done: int) -> tuple[str, str]:
    if isinstance(job, Task) and job.status.ended:
        return told(f"ENDED_{job.status.value.upper()}", {"error": job.error})
    if isinstance(job, Task) and not job.records.total:
        stage = _stage(job.type, job.stage)
        return (stage.en, stage.vi) if stage else worded("TASK_RUNS" if job.started_at else "TASK_WAITS")
    return worded("JOB_PROGRESS", done=done, total=job.records.total)


def _left_of_task(task: Task, spent: float) -> float | None:
    """Seconds, if it goes on as it has gone."""
    return spent * (100.0 - task.progress) / task.progress if task.progress else None


def _stage(kind: str, name: str) -> Stage | None:
    """A stage of a type; None where another version knows it."""
    known = KINDS[kind].stages if kind in KINDS else ()
    return next((stage for stage in known if stage.name == name), None)


def _tenths(percent: float) -> float:
    """To a tenth, and never up to the end."""
    return percent if percent >= END else min(round(percent, 1), END - 0.1)
