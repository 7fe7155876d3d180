"""`sluice migrate`."""

import click

from libs.database.migrations import migrate as run


@click.command()
@click.option("--database-url", envvar="SLUICE_DATABASE_URL", required=True, help="A login that may create roles.")
def migrate(database_url: str) -> None:
    """Bring the database to the newest schema / Nâng cấp lược đồ cơ sở dữ liệu."""
    for name in run(database_url) or ["nothing to do / không có gì để làm"]:
        click.echo(name)
