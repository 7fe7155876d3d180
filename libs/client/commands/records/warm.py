"""`sluice warm`: a tenant's keys and rows are read into the database's cache, before a re-scan that is known of."""

import click
import msgspec

from libs.client.client import SluiceClient
from libs.client.commands.options import with_client
from libs.client.commands.screen.display import print_json
from libs.client.commands.screen.following import finished
from libs.contracts.tasks.types.upkeep.warm import WarmResult
from libs.contracts.texts import said

RETRY_FOR = 60.0
"""Seconds: somebody is waiting for the answer."""


@click.command(help=said("HELP_WARM"))
@click.option("--json", "as_json", is_flag=True, help=said("OPTION_JSON"))
@with_client(retry_for=RETRY_FOR)
def warm(client: SluiceClient, as_json: bool) -> None:
    """Have it done, wait for it, and say how much was in the cache before and is now."""
    result = msgspec.convert(finished(client, client.start("warm", {}).id, "").result, WarmResult)
    if as_json:
        print_json(result)
        return
    if result.before is None:
        click.echo(said("WARMED_ELSEWHERE", pages=result.pages))
    else:
        click.echo(said("WARMED", pages=result.pages, read=result.read, before=result.before, after=result.after))
    if not result.whole:
        click.echo(said("WARMED_IN_PART", room=result.room), err=True)
