"""`sluice backup`."""

from pathlib import Path

import click

from libs.backups.shelf import Backup, Shelf
from libs.client.client import SluiceClient
from libs.client.commands.options import DEFAULT_DATA_DIR, with_client
from libs.client.commands.screen.display import byte_text, moment, print_json, print_table
from libs.client.commands.screen.following import finished
from libs.contracts.tasks.types.upkeep.backup import BACKUP
from libs.contracts.texts import said
from libs.settings import variable

RETRY_FOR = 30.0


@click.group(help=said("HELP_BACKUP"))
def backup() -> None:
    """Make and list backups."""


@backup.command(help=said("HELP_BACKUP_NOW"))
@with_client(retry_for=RETRY_FOR, system=True)
def now(client: SluiceClient) -> None:
    """Have one made, and say what came of it."""
    result = finished(client, client.start(BACKUP.name, {}).id, "").result or {}
    click.echo(said("BACKUP_CAME", name=result["name"], size=byte_text(result["bytes"]), tables=result["tables"]))


@backup.command("list", help=said("HELP_BACKUP_LIST"))
@click.option("--dir", "folder", type=click.Path(path_type=Path), envvar=variable("backup_dir"),
              help=said("OPTION_BACKUP_DIR"))  # fmt: skip
@click.option("--data-dir", type=click.Path(path_type=Path), default=DEFAULT_DATA_DIR, show_default=True,
              envvar=variable("data_dir"), help=said("OPTION_DATA_DIR"))  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help=said("OPTION_JSON"))
def list_(folder: Path | None, data_dir: Path, as_json: bool) -> None:
    """Print them as a table, or their manifests as one JSON list."""
    folder = folder or data_dir / "backups"
    found = Shelf(folder).backups()
    if as_json:
        print_json(found)
    elif not found:
        click.echo(said("NO_BACKUPS", path=folder), err=True)
    else:
        names = ("BACKUP_NAME", "TAKEN_AT", "BACKUP_SIZE", "BACKUP_ROWS", "BACKUP_ENCRYPTED")
        print_table([said(name) for name in names], list(map(_row, found)), right=(2, 3))


def _row(found: Backup) -> list[str]:
    of = found.manifest
    encrypted = said("BACKUP_SEALED") if of.encrypted else said("BACKUP_OPEN")
    return [found.name, moment(of.taken_at), byte_text(of.bytes), f"{of.rows:,}", encrypted]
