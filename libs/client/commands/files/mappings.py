"""`sluice mappings` and `sluice mapping`: how columns become fields."""

from typing import get_args
from uuid import UUID

import click

from libs.client.client import SluiceClient
from libs.client.commands.files.mapping_table import mapping_lines, preview_lines
from libs.client.commands.options import with_client
from libs.client.commands.screen.display import labelled, moment, print_json, print_table, printable, short_moment
from libs.contracts.files.mapping_bodies import MappingListItem, MappingView
from libs.contracts.files.mappings import MappingStatus
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.texts import said

RETRY_FOR = 30.0
"""Seconds: somebody is waiting for the answer."""


@click.command(help=said("HELP_MAPPINGS"))
@click.option("--entity", type=click.Choice(list(ENTITIES)), help=said("OPTION_ENTITY_MAPPINGS"))
@click.option("--status", type=click.Choice(get_args(MappingStatus)), help=said("OPTION_STATUS_MAPPINGS"))
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help=said("OPTION_LIMIT_MAPPINGS"))
@click.option("--json", "as_json", is_flag=True, help=said("OPTION_JSON"))
@with_client(retry_for=RETRY_FOR)
def mappings(client: SluiceClient, entity: str | None, status: MappingStatus | None, limit: int, as_json: bool) -> None:
    """Print the tenant's mappings as a table, or as one JSON list."""
    found = list(client.mappings(entity=entity, status=status, limit=limit))
    if as_json:
        print_json(found)
    elif not found:
        click.echo(said("NO_MAPPINGS"), err=True)
    else:
        names = ("MAPPING", "ENTITY", "STATUS", "CREATED_AT", "VERSION")
        print_table([said(name) for name in names], [_row(mapping) for mapping in found], right=(4,))


@click.command(help=said("HELP_MAPPING"))
@click.argument("mapping_id", metavar="ID", type=click.UUID)
@click.option("--preview", type=click.IntRange(min=1), metavar="ROWS", help=said("OPTION_PREVIEW"))
@click.option("--approve", is_flag=True, help=said("OPTION_APPROVE"))
@click.option("--json", "as_json", is_flag=True, help=said("OPTION_JSON"))
@with_client(retry_for=RETRY_FOR)
def mapping(client: SluiceClient, mapping_id: UUID, preview: int | None, approve: bool, as_json: bool) -> None:
    """Print one mapping, with what it makes of the first rows, and agree to it."""
    found = client.mapping(mapping_id)
    if approve and found.status != "approved":
        found = client.approve(found)
    if as_json:
        print_json(found)
        return
    click.echo(labelled(_facts(found)))
    click.echo("\n" + "\n".join(mapping_lines(found)))
    if preview:
        click.echo("\n" + "\n".join(preview_lines(client.preview(mapping_id, rows=preview))))


def _row(found: MappingListItem) -> list[str]:
    status = said(f"MAPPING_{found.status.upper()}")
    return [str(found.mapping_id), found.entity or "", status, short_moment(found.created_at), f"{found.version}"]


def _facts(found: MappingView) -> list[tuple[str, str]]:
    return [
        ("MAPPING", str(found.mapping_id)),
        ("VERSION", f"{found.version}"),
        ("STATUS", said(f"MAPPING_{found.status.upper()}")),
        ("ENTITY", found.entity or ""),
        ("CREATED_BY", printable(found.created_by)),
        ("CREATED_AT", moment(found.created_at)),
    ]
