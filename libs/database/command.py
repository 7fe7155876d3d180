"""`sluice migrate`."""

import click
import psycopg

from libs.contracts.texts import said
from libs.database.migrations import migrate as run
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
def migrate(database_url: str) -> None:
    """Bring the database to the newest schema."""
    try:
        applied = run(database_url)
    except UnfitDatabaseError as error:
        raise click.ClickException(str(error)) from error
    except ValueError as error:  # the address
        raise click.UsageError(str(error)) from error
    except psycopg.errors.LockNotAvailable as error:
        raise click.ClickException(said("DATABASE_IN_USE")) from error
    except psycopg.Error as error:
        raise click.ClickException(said("DATABASE_AWAY", reason=reason_of(error))) from error
    for name in applied or [said("NOTHING_TO_MIGRATE")]:
        click.echo(name)
