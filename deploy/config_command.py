"""`sluice config check`: says before a service starts what its settings lack."""

import os

import click
import psycopg
import redis
from msgspec import Struct

from libs.backups.failures import BackupError
from libs.backups.fitness import require_fit
from libs.boot import joining
from libs.boot.installation import Installation
from libs.boot.surroundings import check_database, check_redis
from libs.client.commands.options import Failure
from libs.contracts.texts import said
from libs.database.server.session import Role, reason_of
from libs.jobs.server.connection import DurabilityError, check_durability, connect
from libs.options import AddressOption
from libs.settings import SettingsError, leaves, load, redacted, variable
from services.console.server_settings import ConsoleServerSettings
from services.console.settings import ConsoleSettings
from services.ingest.server_settings import IngestServerSettings
from services.ingest.settings import IngestSettings
from services.processor.settings import ProcessorSettings
from services.writer.settings import WriterSettings

Connected = IngestSettings | WriterSettings | ProcessorSettings | ConsoleSettings
SETTINGS: dict[str, type[Connected]] = {
    "ingest": IngestSettings, "writer": WriterSettings, "processor": ProcessorSettings,
    "console": ConsoleSettings,
}  # fmt: skip
SERVERS: dict[str, type[Struct]] = {"ingest": IngestServerSettings, "console": ConsoleServerSettings}
"""What gunicorn is told, of those that it serves."""
ROLES: dict[str, tuple[Role, ...]] = {
    "ingest": ("sluice_reader", "sluice_tasks"), "writer": ("sluice_writer",), "processor": ("sluice_processor",),
    "console": ("sluice_reader", "sluice_tasks"),
}  # fmt: skip


@click.group(help=said("HELP_CONFIG"))
def config() -> None:
    """Show or check the configuration."""


@config.command(help=said("HELP_CONFIG_CHECK"))
@click.argument("service", type=click.Choice(list(SETTINGS)))
@click.option("--offline", is_flag=True, help=said("OPTION_OFFLINE"))
def check(service: str, *, offline: bool) -> None:
    """Check a service's variables, Redis and PostgreSQL."""
    try:
        settings: Connected = load(SETTINGS[service], os.environ)
        served = [load(kind, os.environ) for kind in structs_of(service)[1:]]
    except SettingsError as error:
        raise Failure(str(error)) from error
    shown = redacted(settings)
    for each in served:
        shown |= redacted(each)
    for name, value in shown.items():
        click.echo(f"{name}={value}")
    if offline:
        return
    found = (_redis_fault(settings), _postgres_fault(settings, ROLES[service]), _backup_fault(settings))
    faults = [fault for fault in found if fault]
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        raise SystemExit(1)
    click.echo(said("CONFIG_OK"))


@config.command(help=said("HELP_CONFIG_SHOW"))
@click.argument("service", type=click.Choice(list(SETTINGS)))
def show(service: str) -> None:
    """List a service's variables with their defaults."""
    fields = {field.name: field for kind in structs_of(service) for field in leaves(kind)}
    for field in fields.values():
        click.echo(f"{variable(field.name)}={said('CONFIG_REQUIRED') if field.required else field.default}")


def structs_of(service: str) -> list[type[Struct]]:
    """All that declare variables of a service."""
    return [SETTINGS[service], *([SERVERS[service]] if service in SERVERS else [])]


@config.command(help=said("HELP_CONFIG_ADOPT"))
@click.option(
    "--redis-url", cls=AddressOption, envvar=variable("redis_url"), required=True, help=said("OPTION_ADOPT_REDIS")
)
@click.option(
    "--database-url", cls=AddressOption, envvar=variable("database_url"), required=True,
    help=said("OPTION_ADOPT_DATABASE"),
)  # fmt: skip
@click.option(
    "--namespace", envvar=variable("namespace"), default="sluice", show_default=True,
    help=said("OPTION_ADOPT_NAMESPACE"),
)  # fmt: skip
def adopt(redis_url: str, database_url: str, namespace: str) -> None:
    """Make one installation of this Redis and this database."""
    try:
        joining.adopt(redis_url, database_url, namespace)
    except ValueError as error:
        raise Failure(str(error)) from error
    except redis.RedisError as error:
        raise click.ClickException(said("REDIS_AWAY", reason=error)) from error
    except psycopg.Error as error:
        raise click.ClickException(said("DATABASE_AWAY", reason=reason_of(error))) from error
    click.echo(said("INSTALLATION_ADOPTED", namespace=namespace))


def _backup_fault(settings: Connected) -> str | None:
    """What backups lack, where any are to be made."""
    if not isinstance(settings, ProcessorSettings) or not settings.backups.backup_dir:
        return None
    try:
        require_fit(settings.backups, settings.database_url)
    except BackupError as error:
        return f"{error.code}: {error.told()}"
    except (psycopg.Error, ValueError):
        return f"{variable('backup_database_url')}: {said('BACKUP_LOGIN')}"
    return None


def _redis_fault(settings: Connected) -> str | None:
    name = variable("redis_url")
    try:
        replicas = getattr(settings, "redis_replicas", None)  # whoever acknowledges has it
        check_redis(settings.redis_url, settings.namespace, settings.redis_stated, replicas)
        with connect(settings.redis_url, namespace=settings.namespace, stated=settings.redis_stated) as client:
            check_durability(client, settings.redis_stated)
    except (DurabilityError, ValueError) as error:
        return f"{name}: {error}"
    except redis.RedisError as error:
        return f"{name}: {said('REDIS_AWAY', reason=error)}"
    return None


def _postgres_fault(settings: Connected, roles: tuple[Role, ...]) -> str | None:
    name = variable("database_url")
    try:
        with connect(settings.redis_url, namespace=settings.namespace, durable=False) as client:
            check_database(settings.database_url, roles, Installation(client, settings.namespace).compare)
    except redis.RedisError:
        return None  # said already
    except ValueError as error:
        return f"{name}: {error}"
    except psycopg.Error as error:
        return f"{name}: {said('DATABASE_AWAY', reason=reason_of(error))}"
    return None
