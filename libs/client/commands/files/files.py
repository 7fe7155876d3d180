"""`sluice files` and `sluice file`: what is on the server."""

from pathlib import Path
from uuid import UUID

import click

from libs.client.client import SluiceClient
from libs.client.commands.options import Failure, with_client
from libs.client.commands.screen.display import (
    byte_text,
    clipped,
    labelled,
    moment,
    print_json,
    print_table,
    printable,
    short_moment,
)
from libs.contracts.files.file import FileView
from libs.contracts.texts import said

RETRY_FOR = 30.0
"""Seconds: somebody is waiting for the answer."""
WIDEST_NAME = 30
"""Characters of a name in the list."""


@click.command(help=said("HELP_FILES"))
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help=said("OPTION_LIMIT_FILES"))
@click.option("--json", "as_json", is_flag=True, help=said("OPTION_JSON"))
@with_client(retry_for=RETRY_FOR)
def files(client: SluiceClient, limit: int, as_json: bool) -> None:
    """Print the tenant's files as a table, or as one JSON list."""
    found = list(client.files(limit=limit))
    if as_json:
        print_json(found)
    elif not found:
        click.echo(said("NO_FILES"), err=True)
    else:
        names = ("FILE", "NAME", "SIZE", "CREATED_AT")
        print_table([said(name) for name in names], [_row(file) for file in found], right=(2,))


@click.command(help=said("HELP_FILE"))
@click.argument("file_id", metavar="ID", type=click.UUID)
@click.option("--save", "save_to", type=click.Path(path_type=Path), help=said("OPTION_SAVE"))
@click.option("--delete", is_flag=True, help=said("OPTION_DELETE"))
@click.option("--json", "as_json", is_flag=True, help=said("OPTION_JSON"))
@with_client(retry_for=RETRY_FOR)
def file(client: SluiceClient, file_id: UUID, save_to: Path | None, delete: bool, as_json: bool) -> None:
    """Print one file, fetch it, or have it forgotten."""
    found = client.file(file_id)
    if save_to:
        _save(client, file_id, save_to)
    if delete:
        client.delete_file(file_id)
        click.echo(said("FILE_DELETED", name=printable(found.name)), err=True)
    elif as_json:
        print_json(found)
    else:
        click.echo(labelled(_facts(found)))


def _save(client: SluiceClient, file_id: UUID, path: Path) -> None:
    try:
        with path.open("wb") as target:
            client.save_file(file_id, target)
    except OSError as error:
        raise Failure(said("FILE_UNWRITABLE", path=path, reason=error.strerror)) from None


def _row(file: FileView) -> list[str]:
    return [
        str(file.id),
        clipped(printable(file.name), WIDEST_NAME),
        byte_text(file.size),
        short_moment(file.created_at),
    ]


def _facts(file: FileView) -> list[tuple[str, str]]:
    facts = [
        ("FILE", str(file.id)),
        ("NAME", file.name),
        ("SIZE", byte_text(file.size)),
        ("RECEIVED", "" if file.offset == file.size else byte_text(file.offset)),
        ("FORMAT", file.format or ""),
        ("ENCODING", file.encoding or ""),
        ("SHA256", file.sha256 or ""),
        ("CREATED_BY", file.created_by),
        ("CREATED_AT", moment(file.created_at)),
        ("EXPIRES_AT", moment(file.expires_at)),
    ]
    return [(name, printable(value)) for name, value in facts if value]
