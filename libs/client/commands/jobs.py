"""`sluice jobs` and `sluice job`: what became of the batches."""

import sys
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any, get_args
from uuid import UUID

import click
import msgspec

from libs.client.client import SluiceClient
from libs.client.commands.display import LiveLine, counts_line, error_lines, labelled, printable, table
from libs.client.commands.options import with_client
from libs.contracts.answers import JobView, ProgressView
from libs.contracts.jobs import JobStatus, RecordCounts, RetryStrategy
from libs.contracts.records import ENTITIES
from libs.contracts.texts import chosen, said

WATCH_INTERVAL = 1.0
EXIT_NOT_ALL_WRITTEN = 1
RETRY_FOR = 30.0
"""Seconds: somebody is waiting for the answer."""


@click.command(help=said("HELP_JOBS"))
@click.option("--status", type=click.Choice([status.value for status in JobStatus]), help=said("OPTION_STATUS"))
@click.option("--entity", type=click.Choice(list(ENTITIES)), help=said("OPTION_ENTITY_FILTER"))
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help=said("OPTION_LIMIT"))
@click.option("--json", "as_json", is_flag=True, help=said("OPTION_JSON"))
@with_client(retry_for=RETRY_FOR)
def jobs(client: SluiceClient, status: str | None, entity: str | None, limit: int, as_json: bool) -> None:
    """Print the tenant's jobs as a table, or as one JSON list."""
    found = list(client.jobs(status=status, entity=entity, limit=limit))
    if as_json:
        _print_json(found)
    elif not found:
        click.echo(said("NO_JOBS"), err=True)
    else:
        names = ("JOB", "ENTITY", "STATUS", "PROGRESS", "TOTAL", "WRITTEN", "REJECTED", "FAILED", "CREATED_AT")
        click.echo(table([said(name) for name in names], [_row(job) for job in found], right=range(3, 8)))


@click.command(help=said("HELP_JOB"))
@click.argument("job_id", metavar="ID", type=click.UUID)
@click.option("--errors", is_flag=True, help=said("OPTION_ERRORS"))
@click.option("--watch", is_flag=True, help=said("OPTION_WATCH"))
@click.option("--cancel", is_flag=True, help=said("OPTION_CANCEL"))
@click.option("--retry", type=click.Choice(get_args(RetryStrategy)), help=said("OPTION_RETRY"))
@click.option("--json", "as_json", is_flag=True, help=said("OPTION_JSON"))
@with_client(retry_for=RETRY_FOR)
def job(
    client: SluiceClient,
    job_id: UUID,
    errors: bool,
    watch: bool,
    cancel: bool,
    retry: RetryStrategy | None,
    as_json: bool,
) -> None:
    """Steer and print one job: a table, or one JSON object that has `errors` in it when they are asked for."""
    if cancel and retry:
        raise click.UsageError(said("CANCEL_OR_RETRY"))
    if cancel:
        client.cancel(job_id)
    if retry:
        client.retry(job_id, retry)
    if watch:
        _watch(client, job_id)
    found = client.job(job_id)
    _print_job(client, found, with_errors=errors, as_json=as_json)
    if watch and found.records.written < found.records.total:
        sys.exit(EXIT_NOT_ALL_WRITTEN)


def _watch(client: SluiceClient, job_id: UUID) -> None:
    line = LiveLine()
    for progress in _until_ended(client, job_id):
        text = f"{progress.progress:5.1f}% {chosen(progress.status.value, progress.status_vi)}  "
        line.show(text + counts_line(_outcomes(progress.records)), last=progress.status.ended)


def _until_ended(client: SluiceClient, job_id: UUID) -> Iterator[ProgressView]:
    while True:
        progress = client.progress(job_id)
        yield progress
        if progress.status.ended:
            return
        time.sleep(WATCH_INTERVAL)


def _print_job(client: SluiceClient, job: JobView, *, with_errors: bool, as_json: bool) -> None:
    if as_json:
        _print_json({**msgspec.to_builtins(job), "errors": list(client.errors(job.id))} if with_errors else job)
        return
    click.echo(labelled([*_facts(job), *((name, f"{count:,}") for name, count in _outcomes(job.records))]))
    if with_errors:
        click.echo()
        for line in error_lines((error.index, error) for error in client.errors(job.id)):
            click.echo(line)


def _facts(job: JobView) -> list[tuple[str, str]]:
    facts = [
        ("JOB", str(job.id)),
        ("ENTITY", job.entity or ""),
        ("STATUS", chosen(job.status.value, job.status_vi)),
        ("PROGRESS", f"{job.progress:.1f}%"),
        ("MODE", job.mode or ""),
        ("LANE", job.lane),
        ("CREATED_BY", job.created_by),
        ("CREATED_AT", _moment(job.created_at)),
        ("FINISHED_AT", _moment(job.finished_at)),
        ("CHUNKS", f"{job.chunks.settled:,} / {job.chunks.total:,}"),
        ("ATTEMPTS", f"{job.attempts:,}"),
        ("LAST_ERROR", job.last_error or ""),
    ]
    return [(name, printable(value)) for name, value in facts if value]


def _outcomes(records: RecordCounts) -> list[tuple[str, int]]:
    names = ("total", "created", "updated", "unchanged", "rejected", "failed", "cancelled", "pending")
    return [(name.upper(), getattr(records, name)) for name in names]


def _row(job: JobView) -> list[str]:
    records = job.records
    counts = (records.total, records.written, records.rejected, records.failed)
    status = chosen(job.status.value, job.status_vi)
    numbers = [f"{job.progress:.1f}%", *(f"{count:,}" for count in counts)]
    return [str(job.id), job.entity or "", status, *numbers, _moment(job.created_at)]


def _moment(at: datetime | None) -> str:
    return at.isoformat(sep=" ", timespec="seconds") if at else ""


def _print_json(value: Any) -> None:
    # As bytes: JSON is UTF-8, whatever the terminal's encoding is.
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))
