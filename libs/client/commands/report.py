"""`sluice report`: what has happened in some days, as files that are made on the server and fetched."""

import datetime
from pathlib import Path
from typing import get_args

import click
import msgspec

from libs.client.client import SluiceClient
from libs.client.commands.made_files import fetch
from libs.client.commands.options import with_client
from libs.client.commands.screen.following import finished
from libs.contracts.tasks.types.report import ReportFormat, ReportResult
from libs.contracts.texts import Language, language, said

RETRY_FOR = 60.0
"""Seconds: somebody is waiting for the answer."""
DAY = click.DateTime(["%Y-%m-%d"])


@click.command(help=said("HELP_REPORT"))
@click.option("--from", "since", type=DAY, help=said("OPTION_REPORT_FROM"))
@click.option("--to", "until", type=DAY, help=said("OPTION_REPORT_TO"))
@click.option(
    "--format", "formats", multiple=True, type=click.Choice(get_args(ReportFormat)), help=said("OPTION_DOSSIER_FORMAT")
)
@click.option(
    "--language", "spoken", type=click.Choice(get_args(Language)), default="vi", show_default=True,
    help=said("OPTION_DOSSIER_LANGUAGE"),
)  # fmt: skip
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), default=".", show_default=True,
    help=said("OPTION_DOSSIER_OUT"),
)  # fmt: skip
@with_client(retry_for=RETRY_FOR)
def report(
    client: SluiceClient,
    since: datetime.datetime | None,
    until: datetime.datetime | None,
    formats: tuple[ReportFormat, ...],
    spoken: Language,
    output: Path,
) -> None:
    """Have a report made, wait for it, and write its files to a folder."""
    if (since is None) != (until is None):
        raise click.UsageError(said("REPORT_DAYS"))
    asked = client.report(
        since and since.date(), until and until.date(), formats=formats or get_args(ReportFormat), language=spoken
    )
    result = msgspec.convert(finished(client, asked.id, "MAKING").result, ReportResult)
    _tell(result)
    fetch(client, result.files, output)


def _tell(result: ReportResult) -> None:
    numbers = {
        "since": result.since, "until": result.until, "records": result.records.total,
        "rejected": result.records.rejected,
        "new": result.findings.new, "mended": result.findings.mended, "open": result.findings.open,
        "overdue": result.deadlines.overdue, "ahead": result.deadlines.ahead,
    }  # fmt: skip
    click.echo(said("REPORT_SUM", **{name: _shown(value) for name, value in numbers.items()}))


def _shown(value: object) -> str:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return text.replace(",", ".") if language() == "vi" else text
