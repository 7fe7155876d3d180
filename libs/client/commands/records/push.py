"""`sluice push`: a file of records, sent in batches."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, get_args

import click

from libs.client.answers import PushProgress
from libs.client.client import SluiceClient
from libs.client.commands.options import Failure, with_client
from libs.client.commands.records.csv_input import csv_records
from libs.client.commands.records.input_files import is_csv, open_lines
from libs.client.commands.screen.display import LiveLine, counts_line, error_lines, labelled
from libs.client.failures import SluiceError, SluiceUnavailableError
from libs.client.pushing import MOST_OPEN, PARALLEL, Push
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import Lane, Mode, OnError
from libs.contracts.texts import said

ERRORS_SHOWN = 20
EXIT_NOT_ALL_WRITTEN = 1
RETRY_FOR = 300.0
"""Seconds: a push outlasts a restart of the server."""


@click.command(help=said("HELP_PUSH"))
@click.argument("file")
@click.option("--entity", required=True, type=click.Choice(list(ENTITIES)), help=said("OPTION_ENTITY"))
@click.option(
    "--mode", type=click.Choice(get_args(Mode)), default="insert", show_default=True, help=said("OPTION_MODE")
)
@click.option(
    "--on-error", type=click.Choice(get_args(OnError)), default="continue", show_default=True,
    help=said("OPTION_ON_ERROR"),
)  # fmt: skip
@click.option(
    "--lane", type=click.Choice(get_args(Lane)), default="normal", show_default=True, help=said("OPTION_LANE")
)
@click.option("--batch-records", type=click.IntRange(min=1), help=said("OPTION_BATCH_RECORDS"))
@click.option(
    "--parallel", type=click.IntRange(1, MOST_OPEN), default=PARALLEL, show_default=True, help=said("OPTION_PARALLEL")
)
@click.option("--key", help=said("OPTION_KEY"))
@click.option("--rejects", "rejects_file", help=said("OPTION_REJECTS"))
@with_client(retry_for=RETRY_FOR)
def push(
    client: SluiceClient,
    file: str,
    entity: str,
    mode: Mode,
    on_error: OnError,
    lane: Lane,
    batch_records: int | None,
    parallel: int,
    key: str | None,
    rejects_file: str | None,
) -> None:
    """Push a file and end with 0 when all records were written, 1 when some were not, 2 when it could not be done."""
    with open_lines(file) as lines, _open_rejects(rejects_file, file) as rejects_to:
        records = csv_records(lines, entity, file) if is_csv(file) else lines
        pushed = client.push(
            entity, records, mode=mode, on_error=on_error, lane=lane, batch_records=batch_records,
            parallel=parallel, key=key, rejects_to=rejects_to,
        )  # fmt: skip
        with _way_back(pushed):
            _follow(pushed)
    _report(pushed, rejects_file)
    if pushed.progress.missing or pushed.stopped:
        sys.exit(EXIT_NOT_ALL_WRITTEN)


@contextmanager
def _open_rejects(path: str | None, source: str) -> Iterator[BinaryIO | None]:
    if path is None:
        yield None
        return
    if Path(path).exists() and source != "-" and Path(path).samefile(source):
        raise Failure(said("REJECTS_OVER_INPUT"))
    try:
        with Path(path).open("wb") as file:
            yield file
    except OSError as error:
        raise Failure(said("FILE_UNWRITABLE", path=path, reason=error.strerror)) from None


@contextmanager
def _way_back(pushed: Push) -> Iterator[None]:
    """When the push breaks off, say how to go on."""
    try:
        yield
    except (SluiceError, Failure, KeyboardInterrupt) as error:
        # A refused request leaves nothing behind; where the answer is missing, the batch may have been accepted.
        unanswered = isinstance(error, SluiceUnavailableError | KeyboardInterrupt)
        mismatch = isinstance(error, SluiceError) and error.code == "IDEMPOTENCY_MISMATCH"
        if (pushed.progress.submitted or unanswered) and not mismatch:
            click.echo("\n" + said("RUN_AGAIN", key=shlex.quote(pushed.key)), err=True)
        raise


def _follow(pushed: Push) -> None:
    line = LiveLine()
    for progress in pushed:
        line.show(_progress_line(progress), last=progress.done)


def _progress_line(progress: PushProgress) -> str:
    return counts_line(
        (
            ("SUBMITTED", progress.submitted),
            ("WRITTEN", progress.written),
            ("REJECTED", progress.rejected),
            ("FAILED", progress.failed + progress.cancelled),
            ("JOBS_OPEN", progress.jobs_open),
        )
    )


def _report(pushed: Push, rejects_file: str | None) -> None:
    names = ("submitted", "created", "updated", "unchanged", "rejected", "failed", "cancelled")
    click.echo(labelled([(name.upper(), f"{getattr(pushed.progress, name):,}") for name in names]))
    if pushed.stopped:
        click.echo(said("STOPPED"))
    if not pushed.rejects:
        return
    click.echo()
    for line in error_lines((reject.position, reject) for reject in pushed.rejects[:ERRORS_SHOWN]):
        click.echo(line)
    if len(pushed.rejects) > ERRORS_SHOWN:
        click.echo(said("MORE_ERRORS", count=len(pushed.rejects) - ERRORS_SHOWN))
    if rejects_file:
        click.echo(said("REJECTS_WRITTEN", path=rejects_file))
