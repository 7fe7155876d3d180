"""What a stack consists of: its programs, their ports, and the description of it all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from deploy.local.data_dir.layout import Description, Layout
from deploy.local.data_dir.logins import login_urls
from deploy.local.data_dir.ports import HOST, Ports, is_free
from deploy.local.errors import StackError
from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from deploy.local.services import (
    Surroundings,
    console_program,
    ingest_program,
    processor_program,
    writer_program,
)
from deploy.local.supervision.process import Program
from deploy.local.supervision.supervisor import Tell
from libs.contracts.texts import said
from libs.database.server import address as database_address
from libs.jobs.server import address as redis_address
from libs.settings import stated, variable

DEFAULT_PORTS = {"ingest": 8080, "console": 8081}
ANY = 0
"""A wanted port: any free one, another each time."""


@dataclass(frozen=True, kw_only=True)
class StackOptions:
    """What `sluice up` was asked for."""

    data_dir: Path
    ingest_port: int | None
    """None: the one of the last run, else 8080, else any free one."""
    console_port: int | None
    """The same, with 8081; 0: any free one."""
    writers: int
    processors: int
    environ: Mapping[str, str]
    """Settings for the services; `SLUICE_DATABASE_URL` and `SLUICE_REDIS_URL` replace the embedded servers,
    `SLUICE_FILES_URL` the folder of files."""


@dataclass(frozen=True)
class Plan:
    """What runs: the servers first, the services when the schema is there."""

    servers: list[Program]
    """Without those that the environment replaces."""
    services: list[Program]
    description: Description
    postgres: PostgresServer | None
    """The embedded one, if it runs."""
    namespace: str

    @property
    def owns_both(self) -> bool:
        """Whether both servers are the data dir's own, and so belong together whatever is in them."""
        return len(self.servers) == 2  # noqa: PLR2004


def make_plan(options: StackOptions, layout: Layout, ports: Ports, tell: Tell) -> Plan:
    """Choose the ports and name the programs; starts nothing. Raises StackError if the wanted port is taken."""
    port = _port(ports, "ingest", options.ingest_port, tell)
    console_port = _port(ports, "console", options.console_port, tell)
    around, servers, postgres = _servers(ports, layout, options.environ)
    writers, processors = _names("writer", options.writers), _names("processor", options.processors)
    metrics = {name: ports.get(f"{name}-metrics") for name in ("ingest", *writers, *processors, "console")}
    services = [
        ingest_program(around, port, metrics["ingest"]),
        *(writer_program(around, name, metrics[name]) for name in writers),
        *(processor_program(around, name, metrics[name]) for name in processors),
        console_program(around, console_port, metrics["console"], port),
    ]
    description = Description(
        ingest_url=f"http://{HOST}:{port}",
        console_url=f"http://{HOST}:{console_port}",
        metrics_urls={name: f"http://{HOST}:{own}/metrics" for name, own in metrics.items()},
        database_url=around.database_url,
        redis_url=around.redis_url,
        token_secret_file=str(layout.token_secret),
        files_dir=_folder(around.files_url),
    )
    namespace = options.environ.get(variable("namespace")) or "sluice"
    return Plan(servers, services, description, postgres, namespace)


def _names(service: str, count: int) -> list[str]:
    return [f"{service}-{number}" for number in range(1, count + 1)]


def _folder(files_url: str) -> str:
    """The folder of an address; empty where it is none."""
    parts = urlsplit(files_url)
    return unquote(parts.path) if parts.scheme == "file" else ""


def _servers(
    ports: Ports, layout: Layout, environ: Mapping[str, str]
) -> tuple[Surroundings, list[Program], PostgresServer | None]:
    database_url = _external(environ, "database_url", database_address.require_address)
    redis_url = _external(environ, "redis_url", redis_address.require_address)
    programs, postgres, logins = [], None, {}
    if not database_url:
        postgres = PostgresServer(layout.server("postgres"), ports.get("postgres"), layout.log("postgres"))
        database_url, logins = postgres.url, login_urls(postgres)
        programs.append(postgres.program())
    if not redis_url:
        valkey = ValkeyServer(layout.server("valkey"), ports.get("valkey"), layout.log("valkey"))
        redis_url = valkey.url
        programs.append(valkey.program())
    files_url = _external(environ, "files_url") or layout.files.as_uri()
    return Surroundings(layout, database_url, redis_url, files_url, environ, logins), programs, postgres


def _external(environ: Mapping[str, str], name: str, check: Callable[[str], object] = str) -> str | None:
    """The address of a server that is not ours, if the environment has one. Raises StackError if it is none."""
    try:
        if address := stated(name, environ):
            check(address)
    except ValueError as error:
        raise StackError(str(error)) from None
    return address or None


def _port(ports: Ports, name: str, wanted: int | None, tell: Tell) -> int:
    """The port of a service that people reach."""
    if wanted is None:
        usual = DEFAULT_PORTS[name]
        port = ports.get(name, usual)
        if port != usual and not is_free(usual):
            tell(said("STACK_PORT_CHOSEN", name=name, wanted=usual, port=port))
        return port
    if wanted == ANY:
        return ports.get_any(name)
    if not ports.take(name, wanted):
        raise StackError(said("PORT_TAKEN", port=wanted, option=f"--{name}-port"))
    return wanted
