"""`sluice config check`: says before a service starts what its settings lack."""

import os
from collections.abc import Callable

import click
import msgspec
import psycopg
import redis

from libs.client.options import Failure
from libs.contracts.texts import said
from libs.database.migrations import pending
from libs.jobs.connection import DurabilityError, check_durability, connect
from libs.settings import SettingsError, leaves, load, redacted, variable
from services.ingest.settings import IngestSettings
from services.writer.settings import WriterSettings

SETTINGS: dict[str, type[msgspec.Struct]] = {"ingest": IngestSettings, "writer": WriterSettings}


@click.group(help=said("HELP_CONFIG"))
def config() -> None:
    """Show or check the configuration."""


@config.command(help=said("HELP_CONFIG_CHECK"))
@click.argument("service", type=click.Choice(list(SETTINGS)))
@click.option("--offline", is_flag=True, help=said("OPTION_OFFLINE"))
def check(service: str, *, offline: bool) -> None:
    """Check a service's variables, Redis and PostgreSQL."""
    try:
        settings: msgspec.Struct = load(SETTINGS[service], os.environ)
    except SettingsError as error:
        raise Failure(str(error)) from error
    for name, value in redacted(settings).items():
        click.echo(f"{name}={value}")
    if offline:
        return
    faults = [fault for fault in (_redis_fault(settings), _postgres_fault(settings)) if fault]
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        raise SystemExit(1)
    click.echo(said("CONFIG_OK"))


@config.command(help=said("HELP_CONFIG_SHOW"))
@click.argument("service", type=click.Choice(list(SETTINGS)))
def show(service: str) -> None:
    """List a service's variables with their defaults."""
    for field in leaves(SETTINGS[service]):
        click.echo(f"{variable(field.name)}={said('CONFIG_REQUIRED') if field.required else field.default}")


def _fault(name: str, probe: Callable[[], object], errors: tuple[type[Exception], ...]) -> str | None:
    try:
        probe()
    except errors as error:
        return f"{name}: {error}"
    return None


def _redis_fault(settings: msgspec.Struct) -> str | None:
    url: str = settings.redis_url  # type: ignore[attr-defined]
    return _fault(variable("redis_url"), lambda: check_durability(connect(url)), (redis.RedisError, DurabilityError))


def _postgres_fault(settings: msgspec.Struct) -> str | None:
    url: str = settings.database_url  # type: ignore[attr-defined]

    def probe() -> None:
        with psycopg.connect(url, connect_timeout=3) as connection:
            if missing := pending(connection):
                raise LookupError(f"sluice migrate: {', '.join(missing)}")

    return _fault(variable("database_url"), probe, (psycopg.Error, LookupError))
