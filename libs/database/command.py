"""`sluice migrate`."""

import click

from libs.contracts.texts import said
from libs.database.address import check_address
from libs.database.migrations import migrate as run


@click.command(help=said("HELP_MIGRATE"))
@click.option("--database-url", envvar="SLUICE_DATABASE_URL", required=True, help=said("OPTION_DATABASE_URL"))
def migrate(database_url: str) -> None:
    """Bring the database to the newest schema."""
    try:
        check_address(database_url)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    for name in run(database_url) or [said("NOTHING_TO_MIGRATE")]:
        click.echo(name)
