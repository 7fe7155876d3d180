"""`sluice organisation`: who the tenant is."""

from typing import IO, Any

import click
import msgspec
from msgspec import inspect

from libs.client.client import SluiceClient
from libs.client.commands.options import with_client
from libs.client.commands.screen.display import print_json, print_table, printable
from libs.client.failures import SluiceError
from libs.contracts.inventory.organisation import MEMBERS, Organisation
from libs.contracts.texts import said

RETRY_FOR = 30.0
"""Seconds: somebody is waiting for the answer."""
_WORDS = {"true": True, "false": False, "": None}


@click.command(help=said("HELP_ORGANISATION"))
@click.argument("values", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--from", "file", type=click.File("rb"), help=said("OPTION_ORGANISATION_FROM"))
@click.option("--json", "as_json", is_flag=True, help=said("OPTION_JSON"))
@with_client(retry_for=RETRY_FOR)
def organisation(client: SluiceClient, values: tuple[str, ...], file: IO[bytes] | None, as_json: bool) -> None:
    """Show it; or first have it be what a file says, or change some of its members."""
    if file is not None and values:
        raise click.UsageError(said("ORGANISATION_FILE_OR_VALUES"))
    if file is not None:
        found = client.put_organisation(_object(file.read()))
    elif values:
        changes = dict(map(_change, values))
        found = _changed(client, changes)
    else:
        found = client.organisation()
    if as_json:
        print_json(found)
    else:
        print_table([said("MEMBER"), said("VALUE")], [[name, _shown(found[name])] for name in MEMBERS])


def _changed(client: SluiceClient, changes: dict[str, Any]) -> dict[str, Any]:
    """Change some members, and none that somebody else changes meanwhile."""
    try:
        found = client.organisation()
    except SluiceError as error:
        if error.code != "ORGANISATION_NOT_FOUND":
            raise
        return client.put_organisation(changes)
    members = {name: found[name] for name in MEMBERS}
    return client.put_organisation({**members, **changes}, version=found["version"])


def _object(raw: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise click.UsageError(said("PARAMETERS_NO_JSON")) from None


def _change(text: str) -> tuple[str, Any]:
    """A member and its value, as somebody typed them; nothing empties it, `;` parts the items of a list."""
    name, equals, value = text.partition("=")
    if not equals or name not in MEMBERS:
        raise click.UsageError(said("ORGANISATION_MEMBERS", known=", ".join(MEMBERS)))
    kinds = _kinds(name)
    plain = value.strip()
    if not plain:
        return name, None
    if inspect.ListType in kinds:
        return name, [part.strip() for part in plain.split(";") if part.strip()]
    if inspect.BoolType in kinds:
        return name, _WORDS.get(plain.lower(), plain)
    return name, int(plain) if inspect.IntType in kinds and plain.isascii() and plain.isdigit() else value


def _kinds(name: str) -> set[type]:
    info = inspect.type_info(Organisation)
    assert isinstance(info, inspect.StructType)
    kind = next(field.type for field in info.fields if field.name == name)
    return {type(part) for part in (kind.types if isinstance(kind, inspect.UnionType) else (kind,))}


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return said("ORGANISATION_YES") if value else said("ORGANISATION_NO")
    return printable("; ".join(value) if isinstance(value, list) else "" if value is None else str(value))
