"""Files that a task has made, fetched into a folder."""

from collections.abc import Sequence
from pathlib import Path

import click

from libs.client.client import SluiceClient
from libs.client.commands.options import Failure
from libs.client.commands.screen.display import byte_text
from libs.contracts.tasks.types.package import PackageFile
from libs.contracts.texts import said


def fetch(client: SluiceClient, files: Sequence[PackageFile], folder: Path) -> None:
    """Write them, each by its name. Raises Failure, SluiceError."""
    for file in files:
        path = folder / file.name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as target:
                client.save_file(file.file_id, target)
        except OSError as error:
            raise Failure(said("FILE_UNWRITABLE", path=path, reason=error.strerror)) from None
        click.echo(said("DOSSIER_WRITTEN", path=path, size=byte_text(file.bytes)))
