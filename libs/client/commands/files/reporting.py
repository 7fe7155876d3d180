"""How a load has ended: its counters, its first errors by row and column, and where its rejects are."""

from itertools import islice
from pathlib import Path

import click

from libs.client.client import SluiceClient
from libs.client.commands.display import labelled, row_error_lines
from libs.client.commands.options import Failure
from libs.contracts.answers import JobView
from libs.contracts.texts import said

ERRORS_SHOWN = 20
COUNTERS = ("total", "created", "updated", "unchanged", "rejected", "failed", "cancelled")


def report(client: SluiceClient, job: JobView, rejects_file: Path | None) -> None:
    """Print all of it, and write the rejects where they are wanted."""
    click.echo(labelled([(name.upper(), f"{getattr(job.records, name):,}") for name in COUNTERS]))
    if job.dry_run:
        click.echo(said("NOTHING_WRITTEN"))
    if not job.records.rejected and not job.records.failed:
        return
    click.echo()
    click.echo(said("FIRST_ERRORS"))
    for line in row_error_lines(islice(client.errors(job.id), ERRORS_SHOWN)):
        click.echo(line)
    if rejects_file:
        save_rejects(client, job, rejects_file)
        click.echo(said("REJECTS_WRITTEN", path=rejects_file))


def save_rejects(client: SluiceClient, job: JobView, path: Path) -> None:
    """Write the rejected rows of a load to a file."""
    try:
        with path.open("wb") as file:
            client.save_rejects(job.id, file)
    except OSError as error:
        raise Failure(said("FILE_UNWRITABLE", path=path, reason=error.strerror)) from None
