"""`sluice load`: a file from the disk into the inventory, with questions where it is not sure what is meant."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import click

from libs.client.client import SluiceClient
from libs.client.commands.files.agreeing import agreed, analysed, proposed, with_constants
from libs.client.commands.files.asking import somebody_is_there
from libs.client.commands.files.reporting import report
from libs.client.commands.options import Failure, again, with_client
from libs.client.commands.screen.display import echo, printable
from libs.client.commands.screen.following import brought, ended, why_not
from libs.client.failures import SluiceError, SluiceUnavailableError
from libs.client.files.deciding import value_from
from libs.contracts.files.file import FileView
from libs.contracts.files.mapping_bodies import MappingView
from libs.contracts.files.mappings import Source
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import JobStatus, Lane, Mode
from libs.contracts.texts import said

EXIT_NOT_ALL_WRITTEN = 1
RETRY_FOR = 300.0
"""Seconds: a load outlasts a restart of the server."""


@click.command(help=said("HELP_LOAD"))
@click.argument("file")
@click.option("--entity", required=True, type=click.Choice(list(ENTITIES)), help=said("OPTION_ENTITY"))
@click.option("--mapping", "mapping_id", type=click.UUID, help=said("OPTION_MAPPING"))
@click.option("--yes", is_flag=True, help=said("OPTION_YES"))
@click.option(
    "--mode", type=click.Choice(get_args(Mode)), default="insert", show_default=True, help=said("OPTION_MODE")
)
@click.option("--dry-run", is_flag=True, help=said("OPTION_DRY_RUN"))
@click.option(
    "--lane", type=click.Choice(get_args(Lane)), default="normal", show_default=True, help=said("OPTION_LANE")
)
@click.option("--encoding", help=said("OPTION_ENCODING"))
@click.option("--sheet", help=said("OPTION_SHEET"))
@click.option("--format", "kind", help=said("OPTION_FORMAT"))
@click.option("--constant", "constants", metavar="FIELD=VALUE", multiple=True, help=said("OPTION_CONSTANT"))
@click.option(
    "--provider", type=click.Choice(["local", "ai"]), default="local", show_default=True, help=said("OPTION_PROVIDER")
)
@click.option("--rejects", "rejects_file", type=click.Path(path_type=Path), help=said("OPTION_LOAD_REJECTS"))
@with_client(retry_for=RETRY_FOR)
def load(
    client: SluiceClient,
    file: str,
    entity: str,
    mapping_id: UUID | None,
    yes: bool,
    mode: Mode,
    dry_run: bool,
    lane: Lane,
    encoding: str | None,
    sheet: str | None,
    kind: str | None,
    constants: tuple[str, ...],
    provider: str,
    rejects_file: Path | None,
) -> None:
    """Load a file and end with 0 when all rows were written, 1 when some were not, 2 when it could not be done."""
    alone = yes or not somebody_is_there()
    if alone and not (yes or mapping_id):
        raise Failure(said("NOBODY_TO_ASK"))
    _require_apart(file, rejects_file)
    wanted = dict(_constant(entity, text) for text in constants)
    found = _file(client, file)
    with _way_back(found, entity):
        if mapping_id:
            mapping = client.mapping(mapping_id)
        else:
            source = Source(format=kind, encoding=encoding, sheet=sheet)
            inside = analysed(client, found, entity, source, alone=alone)
            mapping = proposed(client, found, entity, inside, provider)
        mapping = with_constants(client, mapping, wanted)
        if mapping.status != "approved":
            mapping = agreed(client, mapping, alone=alone)
        opened = client.load(found, entity, mapping_id=mapping.mapping_id, mode=mode, dry_run=dry_run, lane=lane)
    job = ended(client, opened.id, "LOADING")
    if job.status is not JobStatus.COMPLETED and not job.records.total:
        raise Failure(why_not(job))
    report(client, job, rejects_file)
    if job.status is not JobStatus.COMPLETED or job.records.written < job.records.total:
        _tell_how_to_mend(entity, mapping, rejects_file)
        sys.exit(EXIT_NOT_ALL_WRITTEN)


def _constant(entity: str, text: str) -> tuple[str, Any]:
    """A field and its value, of `FIELD=VALUE`."""
    field, _, value = text.partition("=")
    try:
        return field, value_from(entity, field, value)
    except (KeyError, ValueError):
        raise Failure(said("CONSTANT_UNFIT", field=printable(field))) from None


def _file(client: SluiceClient, name: str) -> FileView:
    """The file of this path, uploaded; else the one that was uploaded before and has this id."""
    if not Path(name).exists() and (file_id := _uuid(name)):
        return client.file(file_id)
    return brought(client, Path(name))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _require_apart(file: str, rejects_file: Path | None) -> None:
    if rejects_file and rejects_file.exists() and Path(file).exists() and rejects_file.samefile(file):
        raise Failure(said("REJECTS_OVER_INPUT"))


@contextmanager
def _way_back(file: FileView, entity: str) -> Iterator[None]:
    """Where it breaks off before anything is loaded, say how to go on without another upload."""
    try:
        yield
    except SluiceUnavailableError:
        raise
    except (SluiceError, Failure, click.Abort, click.exceptions.Exit, KeyboardInterrupt):
        echo("\n" + said("NOTHING_LOADED", again=again(f"load {file.id} --entity {entity}")))
        raise


def _tell_how_to_mend(entity: str, mapping: MappingView, rejects_file: Path | None) -> None:
    if rejects_file:
        name = shlex.quote(str(rejects_file))
        command = again(f"load {name} --entity {entity} --mapping {mapping.mapping_id}")
        click.echo(said("MEND", path=rejects_file, again=command))
