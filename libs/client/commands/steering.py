"""`sluice jobs --cancel-all` and `--retry-all`: those that match now, and none that come later."""

import sys
from typing import Literal

import click

from libs.client.client import SluiceClient
from libs.client.commands.screen.display import echo
from libs.client.commands.screen.following import finished
from libs.contracts.tasks.types.bulk import MOST_JOBS
from libs.contracts.texts import said

EXIT_NOT_ALL_DONE = 1


def steer_all(
    client: SluiceClient,
    action: Literal["cancel", "retry"],
    status: str | None,
    kind: str | None,
    entity: str | None,
    *,
    reason: str,
    yes: bool,
) -> None:
    """Ask, have it done, and say what came of it; the exit status is 1 where something could not be done."""
    found = client.jobs(status=status, kind=kind, entity=entity, limit=MOST_JOBS)
    newest = next(found, None)
    if newest is None:
        echo(said("NO_JOBS"))
        return
    count = 1 + sum(1 for _ in found)
    if not yes:
        click.confirm(said(f"ASK_{action.upper()}_ALL", count=count), abort=True, err=True)
    wanted = {name: value for name, value in (("status", status), ("type", kind), ("entity", entity)) if value}
    job = client.bulk(action, wanted, expected=count, before=newest.created_at, reason=reason)
    result = finished(client, job.id, "").result or {}
    click.echo(said("BULK_CAME", **{name: result.get(name, 0) for name in ("done", "skipped", "failed")}))
    if result.get("failed"):
        sys.exit(EXIT_NOT_ALL_DONE)
