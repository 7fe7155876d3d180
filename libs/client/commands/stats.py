"""`sluice stats`: what has happened, and what is under way."""

import datetime

import click
import msgspec

from libs.client.client import SluiceClient
from libs.client.commands.options import with_client
from libs.client.commands.screen.display import labelled, table
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.statistics import STEP_LENGTH, STEPS, JobsByState, Statistics, StatisticsTotals, Step, Summary
from libs.contracts.texts import said

RETRY_FOR = 30.0
"""Seconds: somebody is waiting for the answer."""
TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
COLUMNS = (
    "TIME", "WRITTEN", "REJECTED", "FAILED", "CANCELLED", "RECORDS_A_SECOND", "BATCHES_COMPLETED", "BATCHES_FAILED",
    "BATCHES_CANCELLED", "SECONDS_A_CHUNK",
)  # fmt: skip


@click.command(help=said("HELP_STATS"))
@click.option("--step", type=click.Choice(STEPS), default="hour", show_default=True, help=said("OPTION_STEP"))
@click.option("--from", "since", type=TIME, help=said("OPTION_FROM"))
@click.option("--to", "until", type=TIME, help=said("OPTION_TO"))
@click.option("--entity", type=click.Choice(list(ENTITIES)), help=said("OPTION_ENTITY_FILTER"))
@click.option("--json", "as_json", is_flag=True, help=said("OPTION_JSON"))
@with_client(retry_for=RETRY_FOR)
def stats(
    client: SluiceClient,
    step: Step,
    since: datetime.datetime | None,
    until: datetime.datetime | None,
    entity: str | None,
    as_json: bool,
) -> None:
    """Print a summary and a table of the steps in which something happened, in local time, or one JSON object."""
    summary = client.summary()
    found = client.stats(step=step, since=_aware(since), until=_aware(until), entity=entity)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode({"summary": summary, "statistics": found}), indent=2))
        return
    click.echo(labelled(_facts(summary)))
    click.echo()
    if not found.points:
        click.echo(said("NO_STATISTICS"), err=True)
        return
    click.echo(table([said(name) for name in COLUMNS], _rows(found), right=range(1, len(COLUMNS))))


def _rows(found: Statistics) -> list[list[str]]:
    rows = []
    for point in found.points:
        spent = min(STEP_LENGTH[found.step], found.until - point.starts_at)  # the last step has just begun
        rows.append([_local(point.starts_at, found.step), *_counts(point, spent)])
    return [*rows, [said("TOTAL"), *_counts(found.totals, found.until - found.since)]]


def _facts(summary: Summary) -> list[tuple[str, str]]:
    more = "" if summary.records_under_way_exact else "+"
    rate = summary.completion_rate
    return [
        ("RECORDS_UNDER_WAY", f"{summary.records_under_way:,}{more}"),
        ("BATCHES_OPEN", _open(summary.batches)),
        ("TASKS_OPEN", _open(summary.tasks)),
        ("BATCHES_ENDED", _ended(summary.batches)),
        ("TASKS_ENDED", _ended(summary.tasks)),
        ("COMPLETION_RATE", "-" if rate is None else f"{rate:.1f}%"),
    ]


def _open(jobs: JobsByState) -> str:
    return _listed(("PENDING", jobs.pending), ("PROCESSING", jobs.processing))


def _ended(jobs: JobsByState) -> str:
    return _listed(("COMPLETED", jobs.completed), ("FAILED", jobs.failed), ("CANCELLED", jobs.cancelled))


def _listed(*counts: tuple[str, int]) -> str:
    return " · ".join(f"{said(name)} {count:,}" for name, count in counts)


def _counts(part: StatisticsTotals, spent: datetime.timedelta) -> list[str]:
    records, jobs, chunks = part.records, part.jobs, part.chunks
    a_chunk = f"{chunks.seconds / chunks.total:.3f}" if chunks.total else "-"
    numbers = (records.written, records.rejected, records.failed, records.cancelled)
    ends = (jobs.completed, jobs.failed, jobs.cancelled)
    rate = records.total / max(spent.total_seconds(), 1.0)
    return [*(f"{count:,}" for count in numbers), f"{rate:,.1f}", *(f"{count:,}" for count in ends), a_chunk]


def _local(at: datetime.datetime, step: Step) -> str:
    """A minute or an hour where the clock on the wall shows it; a day is one of UTC."""
    return f"{at:%Y-%m-%d} UTC" if step == "day" else f"{at.astimezone():%Y-%m-%d %H:%M %Z}"


def _aware(at: datetime.datetime | None) -> datetime.datetime | None:
    return at and at.astimezone()
