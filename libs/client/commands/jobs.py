"""`sluice jobs` and `sluice job`: what became of batches, loads and all other work."""

import json
import sys
from pathlib import Path
from typing import get_args
from uuid import UUID

import click
import msgspec

from libs.client.client import SluiceClient
from libs.client.commands.options import with_client
from libs.client.commands.screen.display import (
    error_lines,
    labelled,
    moment,
    print_json,
    print_table,
    printable,
    row_error_lines,
    short_moment,
)
from libs.client.commands.screen.following import ended, save_rejects
from libs.client.commands.steering import steer_all
from libs.contracts.answers import JobView
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import WRITE, JobStatus, RecordCounts, RetryStrategy
from libs.contracts.tasks.registry import KINDS
from libs.contracts.texts import chosen, said

EXIT_NOT_ALL_WRITTEN = 1
RETRY_FOR = 30.0
"""Seconds: somebody is waiting for the answer."""
COLUMNS = ("JOB", "TYPE", "STATUS", "PROGRESS", "WRITTEN", "REJECTED", "FAILED", "TOTAL", "ENTITY", "CREATED_AT")
"""The first ones go where a terminal has no room for all."""


@click.command(help=said("HELP_JOBS"))
@click.option("--status", type=click.Choice([status.value for status in JobStatus]), help=said("OPTION_STATUS"))
@click.option("--type", "kind", type=click.Choice([WRITE, *KINDS]), help=said("OPTION_TYPE"))
@click.option("--entity", type=click.Choice(list(ENTITIES)), help=said("OPTION_ENTITY_FILTER"))
@click.option("--cancel-all", is_flag=True, help=said("OPTION_CANCEL_ALL"))
@click.option("--retry-all", is_flag=True, help=said("OPTION_RETRY_ALL"))
@click.option("--reason", default="", help=said("OPTION_REASON"))
@click.option("--yes", is_flag=True, help=said("OPTION_YES_ALL"))
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help=said("OPTION_LIMIT"))
@click.option("--json", "as_json", is_flag=True, help=said("OPTION_JSON"))
@with_client(retry_for=RETRY_FOR)
def jobs(
    client: SluiceClient,
    status: str | None,
    kind: str | None,
    entity: str | None,
    cancel_all: bool,
    retry_all: bool,
    reason: str,
    yes: bool,
    limit: int,
    as_json: bool,
) -> None:
    """Print the tenant's jobs as a table, or as one JSON list; or steer all of them."""
    if cancel_all and retry_all:
        raise click.UsageError(said("CANCEL_OR_RETRY_ALL"))
    if cancel_all or retry_all:
        steer_all(client, "cancel" if cancel_all else "retry", status, kind, entity, reason=reason, yes=yes)
        return
    found = list(client.jobs(status=status, kind=kind, entity=entity, limit=limit))
    if as_json:
        print_json(found)
    elif not found:
        click.echo(said("NO_JOBS"), err=True)
    else:
        print_table([said(name) for name in COLUMNS], [_row(job) for job in found], right=range(3, 8))


@click.command(help=said("HELP_JOB"))
@click.argument("job_id", metavar="ID", type=click.UUID)
@click.option("--errors", is_flag=True, help=said("OPTION_ERRORS"))
@click.option("--watch", is_flag=True, help=said("OPTION_WATCH"))
@click.option("--cancel", is_flag=True, help=said("OPTION_CANCEL"))
@click.option("--retry", type=click.Choice(get_args(RetryStrategy)), help=said("OPTION_RETRY"))
@click.option("--rejects", "rejects_file", type=click.Path(path_type=Path), help=said("OPTION_JOB_REJECTS"))
@click.option("--json", "as_json", is_flag=True, help=said("OPTION_JSON"))
@with_client(retry_for=RETRY_FOR)
def job(
    client: SluiceClient,
    job_id: UUID,
    errors: bool,
    watch: bool,
    cancel: bool,
    retry: RetryStrategy | None,
    rejects_file: Path | None,
    as_json: bool,
) -> None:
    """Steer and print one job: a table, or one JSON object that has `errors` in it when they are asked for."""
    if cancel and retry:
        raise click.UsageError(said("CANCEL_OR_RETRY"))
    if cancel:
        client.cancel(job_id)
    if retry:
        client.retry(job_id, retry)
    found = ended(client, job_id) if watch else client.job(job_id)
    _print_job(client, found, with_errors=errors, as_json=as_json)
    if rejects_file:
        save_rejects(client, job_id, rejects_file)
    if watch and (found.status is not JobStatus.COMPLETED or found.records.written < found.records.total):
        sys.exit(EXIT_NOT_ALL_WRITTEN)


def _print_job(client: SluiceClient, job: JobView, *, with_errors: bool, as_json: bool) -> None:
    if as_json:
        print_json({**msgspec.to_builtins(job), "errors": list(client.errors(job.id))} if with_errors else job)
        return
    outcomes = [(name, f"{count:,}") for name, count in _outcomes(job.records)] if job.records.total else []
    click.echo(labelled([*_facts(job), *outcomes], _plain_results(job)))
    if with_errors:
        click.echo()
        found = client.errors(job.id)
        for line in error_lines((each.index, each) for each in found) if job.type == WRITE else row_error_lines(found):
            click.echo(line)


def _facts(job: JobView) -> list[tuple[str, str]]:
    facts = [
        ("JOB", str(job.id)),
        ("TYPE", job.type),
        ("ENTITY", job.entity or ""),
        ("STATUS", chosen(job.status.value, job.status_vi)),
        ("STAGE", chosen(job.stage_en or "", job.stage_vi or "") if not job.status.ended else ""),
        ("PROGRESS", f"{job.progress:.1f}%"),
        ("MODE", job.mode or ""),
        ("LANE", job.lane),
        ("CREATED_BY", job.created_by),
        ("CREATED_AT", moment(job.created_at)),
        ("FINISHED_AT", moment(job.finished_at)),
        ("CHUNKS", f"{job.chunks.settled:,} / {job.chunks.total:,}" if job.chunks.total else ""),
        ("ATTEMPTS", f"{job.attempts:,}"),
        ("LAST_ERROR", job.last_error or ""),
        ("REASON", chosen(job.error or "", job.error_vi or "")),
    ]
    return [(name, printable(value)) for name, value in facts if value]


def _plain_results(job: JobView) -> list[tuple[str, str]]:
    """What came of a task, as far as a line each can say it."""
    values = ((name, value) for name, value in (job.result or {}).items() if isinstance(value, str | int))
    return [(name, printable(value if isinstance(value, str) else json.dumps(value))) for name, value in values]


def _outcomes(records: RecordCounts) -> list[tuple[str, int]]:
    names = ("total", "created", "updated", "unchanged", "rejected", "failed", "cancelled", "pending")
    return [(name.upper(), getattr(records, name)) for name in names]


def _row(job: JobView) -> list[str]:
    records = job.records
    counts = (records.written, records.rejected, records.failed, records.total)
    state = (chosen(job.status.value, job.status_vi), f"{job.progress:.1f}%")
    return [
        str(job.id),
        job.type,
        *state,
        *(f"{count:,}" for count in counts),
        job.entity or "",
        short_moment(job.created_at),
    ]
