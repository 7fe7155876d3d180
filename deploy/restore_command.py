"""`sluice restore`: a backup becomes a database again, another server's or the embedded one of a data directory."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import psycopg

from deploy.local.command import data_dir_option, shield_environment
from deploy.local.data_dir.layout import Layout
from deploy.local.data_dir.ports import free_port
from deploy.local.errors import StackError
from deploy.local.servers.postgres import PostgresServer, binaries
from deploy.local.supervision.claim import PASSING, Claim
from libs.backups.database.bringing import bring_back, manifest_of
from libs.backups.failures import BackupError
from libs.client.commands.options import Failure
from libs.client.commands.screen.display import moment
from libs.contracts.texts import said
from libs.database.server.session import reason_of
from libs.options import AddressOption
from libs.settings import variable


@click.command(help=said("HELP_RESTORE"))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@data_dir_option
@click.option(
    "--database-url", cls=AddressOption, envvar=variable("database_url"), help=said("OPTION_RESTORE_DATABASE")
)
@click.option("--key-file", envvar=variable("backup_key_file"), default="", help=said("OPTION_BACKUP_KEY"))
@click.option("--programs", envvar=variable("backup_programs"), default="", help=said("OPTION_BACKUP_PROGRAMS"))
def restore(*, folder: Path, data_dir: Path, database_url: str | None, key_file: str, programs: str) -> None:
    """Restore a backup, and say what comes next."""
    try:
        manifest = manifest_of(folder)
        click.echo(said("RESTORING", name=folder.resolve().name, moment=moment(manifest.taken_at)))
        if database_url:
            added = bring_back(database_url, programs, folder, manifest, key_file)
        else:
            with _embedded(data_dir) as server:
                added = bring_back(server.url, programs or str(binaries()), folder, manifest, key_file)
    except BackupError as error:
        raise Failure(error.told()) from error
    except (StackError, ValueError) as error:  # the latter: an address
        raise Failure(str(error)) from error
    except psycopg.Error as error:
        raise click.ClickException(said("DATABASE_AWAY", reason=reason_of(error))) from error
    click.echo(said("RESTORED", rows=f"{manifest.rows:,}", tables=len(manifest.tables)))
    if added:
        click.echo(said("RESTORE_MIGRATED", names=", ".join(added)))
    click.echo(said("RESTORE_NEXT_ADOPT") if database_url else said("RESTORE_NEXT_UP", path=data_dir))


@contextmanager
def _embedded(data_dir: Path) -> Iterator[PostgresServer]:
    """The PostgreSQL of a data directory on which no stack runs, for as long as the block lasts."""
    shield_environment()
    layout = Layout(data_dir.absolute())
    layout.root.mkdir(mode=0o711, parents=True, exist_ok=True)
    claim = Claim(layout.lock)
    if not claim.take(PASSING):
        raise StackError(said("STACK_RUNS_ALREADY", path=layout.root))
    try:
        with PostgresServer(layout.server("postgres"), free_port(), layout.log("postgres")) as server:
            yield server
    finally:
        claim.let_go()
