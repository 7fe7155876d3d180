"""`sluice up` and `sluice token`."""

import getpass
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from deploy.local.errors import StackError
from deploy.local.tokens import make_token
from libs.client.commands.options import Failure
from libs.client.commands.screen.terminal import never_wait_for_terminal
from libs.contracts.texts import said
from libs.identity.signing import ALL_SCOPES
from libs.settings import BY_FILE, variable

if TYPE_CHECKING:
    from deploy.local.data_dir.layout import Description
    from deploy.local.supervision.supervisor import Supervisor

data_dir_option = click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".sluice"),
    show_default=True,
    help=said("OPTION_UP_DATA_DIR"),
)


@click.command(help=said("HELP_UP"))
@data_dir_option
@click.option("--ingest-port", type=click.IntRange(0, 65_535), help=said("OPTION_INGEST_PORT"))
@click.option("--console-port", type=click.IntRange(0, 65_535), help=said("OPTION_CONSOLE_PORT"))
@click.option("--writers", type=click.IntRange(0, 64), default=2, show_default=True, help=said("OPTION_WRITERS"))
@click.option("--processors", type=click.IntRange(0, 64), default=1, show_default=True, help=said("OPTION_PROCESSORS"))
@click.option("--demo", is_flag=True, help=said("OPTION_DEMO"))
def up(
    *, data_dir: Path, ingest_port: int | None, console_port: int | None, writers: int, processors: int, demo: bool
) -> None:
    """Run the stack until somebody asks for its end; the terminal may go before."""
    # Imported here, because `sluice token` stands in shell lines and has to be quick.
    from deploy.local.demo import TENANT, run_demo
    from deploy.local.plan import StackOptions
    from deploy.local.sign_in import link_or_reason
    from deploy.local.stack import Stack
    from deploy.local.whereabouts import whereabouts

    def link(description: "Description") -> str:
        return link_or_reason(description, namespace(), TENANT, subject=getpass.getuser())

    def announce(description: "Description", supervisor: "Supervisor") -> None:
        tell(said("STACK_READY"))
        if not demo:
            click.echo(whereabouts(description, data_dir, link(description)))
            return
        follow = (description, data_dir, lambda: link(description), lambda: supervisor.stopping)
        threading.Thread(target=run_demo, args=follow, name="demo", daemon=True).start()

    never_wait_for_terminal()
    shield_environment()
    options = StackOptions(
        data_dir=data_dir,
        ingest_port=ingest_port,
        console_port=console_port,
        writers=writers,
        processors=processors,
        environ=os.environ.copy(),
    )
    try:
        Stack(options, tell, announce).run()
    except StackError as error:
        raise Failure(str(error)) from error
    except OSError as error:
        raise Failure(said("STACK_FAILED", reason=error)) from error
    tell(said("STACK_STOPPED"))


@click.command(help=said("HELP_TOKEN"))
@click.option("--tenant", type=click.UUID, required=True, help=said("OPTION_TOKEN_TENANT"))
@data_dir_option
@click.option("--scope", default=ALL_SCOPES, show_default=True, help=said("OPTION_SCOPE"))
@click.option("--ttl", type=click.IntRange(1), default=3600, show_default=True, help=said("OPTION_TTL"))
@click.option("--subject", default="sluice-token", show_default=True, help=said("OPTION_SUBJECT"))
def token(tenant: UUID, data_dir: Path, scope: str, ttl: int, subject: str) -> None:
    """Print a bearer token for the stack on a data dir."""
    try:
        click.echo(make_token(data_dir, tenant, subject=subject, scope=scope, ttl=ttl))
    except StackError as error:
        raise Failure(str(error)) from error


@click.command("sign-in", help=said("HELP_SIGN_IN"))
@click.option("--tenant", type=click.UUID, required=True, help=said("OPTION_SIGN_IN_TENANT"))
@data_dir_option
@click.option("--scope", help=said("OPTION_SCOPE"))
@click.option("--ttl", type=click.IntRange(1, 86_400), default=600, show_default=True, help=said("OPTION_SIGN_IN_TTL"))
@click.option("--subject", default=getpass.getuser, help=said("OPTION_SUBJECT"))
def sign_in(tenant: UUID, data_dir: Path, scope: str | None, ttl: int, subject: str) -> None:
    """Print a one-time link to the console of the stack on a data dir."""
    from redis import RedisError

    from deploy.local.sign_in import EVERYTHING, running_stack, sign_in_link

    try:
        stack = running_stack(data_dir)
        click.echo(sign_in_link(stack, namespace(), tenant, subject=subject, scope=scope or EVERYTHING, ttl=ttl))
    except StackError as error:
        raise Failure(str(error)) from error
    except RedisError as error:
        raise click.ClickException(said("REDIS_AWAY", reason=error)) from error


def namespace() -> str:
    """That of the services' settings."""
    return os.environ.get(variable("namespace")) or "sluice"


def tell(sentence: str) -> None:
    """One line about what happens, with the time."""
    click.echo(f"{time.strftime('%H:%M:%S')}  {sentence}")


def shield_environment() -> None:
    """Keep out what the environment says about other networks and other databases.

    127.0.0.1 is reached without a proxy; libpq's variables, which would change every connection, count for an external
    database only.
    """
    for name in ("no_proxy", "NO_PROXY"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), "127.0.0.1")))
    external = variable("database_url")
    if not (os.environ.get(external) or os.environ.get(external + BY_FILE)):
        for name in [name for name in os.environ if name.startswith("PG")]:
            del os.environ[name]
