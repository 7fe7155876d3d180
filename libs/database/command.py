"""`sluice migrate`."""

import click
import psycopg

from libs.contracts.texts import said
from libs.database.migrations import migrate as run
from libs.database.migrations import to_come
from libs.database.nodes import running as nodes
from libs.database.nodes.running import Say
from libs.database.server.session import UnfitDatabaseError, reason_of
from libs.options import AddressOption
from libs.settings import variable


@click.command(help=said("HELP_MIGRATE"))
@click.option(
    "--database-url",
    cls=AddressOption,
    envvar=variable("database_url"),
    required=True,
    help=said("OPTION_DATABASE_URL"),
)
@click.option("--distribute", is_flag=True, help=said("OPTION_DISTRIBUTE"))
@click.option("--dry-run", is_flag=True, help=said("OPTION_FORETELL"))
def migrate(database_url: str, distribute: bool, dry_run: bool) -> None:
    """Bring the database to the newest schema, and spread it over several nodes if that is asked for."""
    lines = _Lines()
    try:
        _work(database_url, lines.say, distribute=distribute, dry_run=dry_run)
    except UnfitDatabaseError as error:
        raise click.ClickException(str(error)) from error
    except ValueError as error:  # the address
        raise click.UsageError(str(error)) from error
    except psycopg.Error as error:
        raise click.ClickException(_refused(error, done=distribute and lines.said)) from error
    if not lines.said:
        click.echo(said("NOTHING_TO_MIGRATE"))


class _Lines:
    """Says lines, and knows whether there was any."""

    said = False

    def say(self, line: str) -> None:
        click.echo(line)
        self.said = True


def _work(database_url: str, say: Say, *, distribute: bool, dry_run: bool) -> None:
    if distribute:
        (nodes.foretell if dry_run else nodes.distribute)(database_url, say)
        return
    for name in to_come(database_url) if dry_run else run(database_url):
        say(name)


def _refused(error: psycopg.Error, *, done: bool) -> str:
    """What has gone wrong; `done`, where it was in the middle of what is not taken back."""
    if done:
        return said("DISTRIBUTION_STOPPED", reason=reason_of(error))
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return said("DATABASE_IN_USE")
    return said("DATABASE_AWAY", reason=reason_of(error))
