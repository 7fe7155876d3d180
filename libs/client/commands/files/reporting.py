"""How a load has ended: its counters, its first errors by row and column, and where its rejects are."""

from itertools import islice
from pathlib import Path

import click

from libs.client.client import SluiceClient
from libs.client.commands.options import again
from libs.client.commands.screen.display import labelled, row_error_lines
from libs.client.commands.screen.following import save_rejects, why_not
from libs.contracts.answers import JobView
from libs.contracts.jobs import JobStatus
from libs.contracts.texts import said

ERRORS_SHOWN = 20
COUNTERS = ("total", "created", "updated", "unchanged", "rejected", "failed", "cancelled")


def report(client: SluiceClient, job: JobView, rejects_file: Path | None) -> None:
    """Print all of it, and write the rejects where they are wanted."""
    click.echo(labelled([(name.upper(), f"{getattr(job.records, name):,}") for name in COUNTERS]))
    if job.status is not JobStatus.COMPLETED:
        click.echo(why_not(job))
    if job.dry_run:
        click.echo(said("NOTHING_WRITTEN"))
    if not job.records.rejected and not job.records.failed:
        return
    click.echo()
    click.echo(said("FIRST_ERRORS"))
    for line in row_error_lines(islice(client.errors(job.id), ERRORS_SHOWN)):
        click.echo(line)
    if rejects_file:
        save_rejects(client, job.id, rejects_file)
    else:
        click.echo(said("REJECTS_KEPT", again=again(f"job {job.id} --rejects FILE")))
