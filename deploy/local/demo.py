"""What `sluice up --demo` shows: a real public register goes through the HTTP API, as a scanner would send it."""

import gzip
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from textwrap import indent
from uuid import UUID

import click

from deploy.local.data_dir.layout import Description
from deploy.local.services import ROOT
from deploy.local.tokens import make_token
from deploy.local.whereabouts import sluice_command, whereabouts
from libs.client import SluiceClient
from libs.client.answers import PushProgress, Reject
from libs.client.commands.options import describe
from libs.client.commands.screen.display import LiveLine, bar, counts_line, table
from libs.client.failures import SluiceError
from libs.contracts.compliance.findings import SEVERITIES
from libs.contracts.texts import chosen, said

SAMPLE = ROOT / "samples" / "hoat-dong-xu-ly.csv"
REGISTER = Path(__file__).with_name("gvl")
ENTITIES = ("data-categories", "recipients", "processing-activities")
"""In the order of their references."""
TENANT = UUID("de300000-0000-4000-8000-000000000001")
BATCH_RECORDS = 1_000
"""Small batches, so that there is progress to see."""
COLUMNS = ("created", "updated", "unchanged", "rejected", "failed")


@dataclass(frozen=True)
class Outcome:
    """How the push of one file ended."""

    entity: str
    counts: PushProgress
    first_reject: Reject | None


def run_demo(description: Description, data_dir: Path, link: Callable[[], str], stopping: Callable[[], bool]) -> None:
    """Push the register for the demo tenant and print what came of it. Stops in the middle when `stopping()` is true.

    Records that are there already are counted as unchanged, so it may run again on the same data dir.
    """
    click.echo(f"\n  {said('AT_CONSOLE'):<18} {description.console_url}\n    {link()}")
    click.echo("\n" + said("DEMO_BEGINS", tenant=TENANT))
    began = time.monotonic()
    try:
        outcomes = _push_all(description, data_dir, stopping)
        judged = "" if stopping() else _judge(description, data_dir)
    except SluiceError as error:
        if not stopping():
            click.echo(f"{said('DEMO_BROKE_OFF')}\n{describe(error)}", err=True)
    else:
        if stopping():
            return
        click.echo(_summary(outcomes, time.monotonic() - began))
        click.echo(judged)
    click.echo(whereabouts(description, data_dir, link(), TENANT))
    if SAMPLE.exists():
        load = _command(data_dir, "load", str(SAMPLE), "--entity", "processing-activities")
        click.echo(f"  {said('TO_LOAD_A_FILE')}\n    {load}\n")
    click.echo(f"  {said('TO_MAKE_DOSSIERS')}\n    {_command(data_dir, 'dossier', 'mau-10', '-o', 'dossiers')}\n")
    click.echo("  " + said("TO_STOP"))


def _command(data_dir: Path, *words: str) -> str:
    """A command line for the demo's tenant."""
    return f"{sluice_command()} {shlex.join((*words, '--tenant', str(TENANT), '--data-dir', str(data_dir.absolute())))}"


def _push_all(description: Description, data_dir: Path, stopping: Callable[[], bool]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    token = partial(make_token, data_dir, TENANT, subject="demo")
    with SluiceClient(description.ingest_url, token, batch_records=BATCH_RECORDS) as client:
        for entity in ENTITIES:
            lines = gzip.decompress((REGISTER / f"{entity}.ndjson.gz").read_bytes()).splitlines()
            push = client.push(entity, lines, mode="upsert")
            live = LiveLine()
            for progress in push:
                live.show(_bar(entity, progress, len(lines)), last=progress.done)
                if stopping():
                    return outcomes
            outcomes.append(Outcome(entity, push.progress, push.rejects[0] if push.rejects else None))
    return outcomes


def _judge(description: Description, data_dir: Path) -> str:
    """Run the rules over the register, and say what they have found and where to look."""
    with SluiceClient(description.ingest_url, partial(make_token, data_dir, TENANT, subject="demo")) as client:
        client.wait(client.start("rules", {}).id)
        rules = client.rules()
    counts = {severity: sum(rule.found for rule in rules if rule.severity == severity) for severity in SEVERITIES}
    lines = [
        said("DEMO_FINDINGS", **counts, rules=len(rules)),
        f"  {description.console_url}/findings",
        f"  {_command(data_dir, 'findings')}",
    ]
    return indent("\n".join(lines), "  ")


def _bar(entity: str, progress: PushProgress, total: int) -> str:
    counts = counts_line([("WRITTEN", progress.written), ("REJECTED", progress.rejected)])
    return f"  {entity:<22} {bar((progress.written + progress.missing) / total)}  {counts}"


def _summary(outcomes: list[Outcome], seconds: float) -> str:
    rows = [[one.entity, *(f"{getattr(one.counts, name):,}" for name in COLUMNS)] for one in outcomes]
    header = ["", *(said(name.upper()) for name in COLUMNS)]
    written = sum(one.counts.written for one in outcomes)
    parts = [table(header, rows, right=range(1, 6)), said("DEMO_DONE", written=written, seconds=seconds)]
    reject = next((one.first_reject for one in outcomes if one.first_reject), None)
    if reject:
        where = f"{reject.external_id} {reject.pointer} {reject.code}"
        parts.append(f"{said('DEMO_FIRST_REJECT')} {where}\n  {chosen(reject.error, reject.error_vi)}")
    return "\n" + indent("\n\n".join(parts), "  ")
