"""`sluice migrate`."""

import click
import psycopg

from libs.contracts.texts import both
from libs.database.fitness import reason_of
from libs.database.migrations import migrate as run


@click.command()
@click.option("--database-url", envvar="SLUICE_DATABASE_URL", required=True, help="A login that may create roles.")
def migrate(database_url: str) -> None:
    """Bring the database to the newest schema / Nâng cấp lược đồ cơ sở dữ liệu."""
    try:
        applied = run(database_url)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    except psycopg.errors.LockNotAvailable as error:
        raise click.ClickException(both("DATABASE_IN_USE")) from error
    except psycopg.Error as error:
        raise click.ClickException(both("DATABASE_AWAY", reason=reason_of(error))) from error
    for name in applied or ["nothing to do / không có gì để làm"]:
        click.echo(name)
