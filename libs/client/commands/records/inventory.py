"""`sluice inventory`: what is stored."""

from typing import Any

import click

from libs.client.client import SluiceClient
from libs.client.commands.options import with_client
from libs.client.commands.screen.display import clipped, print_json, print_table, printable
from libs.contracts.inventory.reading import names_of
from libs.contracts.inventory.records import ENTITIES, Entity
from libs.contracts.texts import chosen, said

RETRY_FOR = 30.0
"""Seconds: somebody is waiting for the answer."""
WIDEST = 50
COLUMNS = ("RECORD", "NAME", "EXTERNAL_ID", "WRITTEN_AT")


@click.command(help=said("HELP_INVENTORY"))
@click.argument("entity", type=click.Choice(list(ENTITIES)))
@click.option("--q", help=said("OPTION_Q"))
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help=said("OPTION_LIMIT_RECORDS"))
@click.option("--json", "as_json", is_flag=True, help=said("OPTION_JSON"))
@with_client(retry_for=RETRY_FOR)
def inventory(client: SluiceClient, entity: str, q: str | None, limit: int, as_json: bool) -> None:
    """Print records as a table, or as one JSON list."""
    found = list(client.records(entity, q=q, limit=limit))
    if as_json:
        print_json(found)
    elif not found:
        click.echo(said("NO_RECORDS"), err=True)
    else:
        print_table([said(name) for name in COLUMNS], [_row(ENTITIES[entity], record) for record in found])


def _row(entity: Entity, record: dict[str, Any]) -> list[str]:
    vietnamese, english = (record[name] for name in names_of(entity))
    name = chosen(english or vietnamese, vietnamese)
    texts = (record[entity.id_field], name, record["external_id"] or "", record["updated_at"][:16].replace("T", " "))
    return [clipped(printable(text), WIDEST) for text in texts]
