"""`sluice dossier`: files of the inventory, made on the server and fetched."""

from pathlib import Path
from typing import get_args

import click
import msgspec

from libs.client.client import SluiceClient
from libs.client.commands.made_files import fetch
from libs.client.commands.options import with_client
from libs.client.commands.screen.display import printable
from libs.client.commands.screen.following import finished
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.tasks.types.package import Completeness, PackageFormat, PackageName, PackageResult
from libs.contracts.texts import Language, said

RETRY_FOR = 60.0
"""Seconds: somebody is waiting for the answer."""


class Columns(click.ParamType[tuple[str, list[str]]]):
    """An entity and some of its fields."""

    name = "columns"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, list[str]]:
        """Both."""
        entity, _, names = value.partition("=")
        if entity not in ENTITIES or not names:
            self.fail(said("DOSSIER_COLUMNS"), param, ctx)
        return entity, [name.strip() for name in names.split(",")]


@click.command(help=said("HELP_DOSSIER"))
@click.argument("package", type=click.Choice(get_args(PackageName)))
@click.option(
    "--format", "formats", multiple=True, type=click.Choice(get_args(PackageFormat)), help=said("OPTION_DOSSIER_FORMAT")
)
@click.option(
    "--language",
    type=click.Choice(get_args(Language)),
    default="vi",
    show_default=True,
    help=said("OPTION_DOSSIER_LANGUAGE"),
)
@click.option("--columns", multiple=True, type=Columns(), help=said("OPTION_DOSSIER_COLUMNS"))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=".",
    show_default=True,
    help=said("OPTION_DOSSIER_OUT"),
)
@with_client(retry_for=RETRY_FOR)
def dossier(
    client: SluiceClient,
    package: PackageName,
    formats: tuple[PackageFormat, ...],
    language: Language,
    columns: tuple[tuple[str, list[str]], ...],
    output: Path,
) -> None:
    """Have files made, wait for them, and write them to a folder."""
    wanted = formats or get_args(PackageFormat)
    asked = client.package(package, formats=wanted, language=language, columns=dict(columns) or None)
    result = msgspec.convert(finished(client, asked.id, "MAKING").result, PackageResult)
    if result.completeness:
        _tell(result.completeness)
    fetch(client, result.files, output)


def _tell(found: Completeness) -> None:
    click.echo(said("DOSSIER_COMPLETE", percent=found.percent, filled=found.filled, boxes=found.boxes))
    for box in found.missing:
        missing = f"{box.missing}/{box.of}" if box.of else said("DOSSIER_NO_RECORD")
        click.echo(f"  Mẫu {box.form} {box.box}  {printable(box.label)}  {missing}  {box.rule}")
