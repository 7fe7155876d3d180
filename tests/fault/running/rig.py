"""A stack that can be tormented: real servers, a proxy before each, ingest, writers, a processor, a runner for all."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from psycopg.conninfo import make_conninfo

from deploy.local.data_dir.layout import Layout
from deploy.local.data_dir.logins import login_urls, open_logins
from deploy.local.data_dir.ports import Ports
from deploy.local.data_dir.private_files import kept_secret
from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from deploy.local.services import Surroundings, ingest_program, processor_program, writer_program
from deploy.local.supervision.process import Program
from libs.database.migrations import migrate
from tests.fault.faults.proxy import Loop, Proxy
from tests.fault.running.place import Place, environment
from tests.fault.running.runner import Runner

WRITERS = 2
PROCESSOR = "processor-1"


@dataclass(frozen=True)
class Rig:
    """The parts of the stack that a fault takes hold of."""

    place: Place
    runner: Runner
    redis_proxy: Proxy
    postgres_proxy: Proxy
    valkey_dir: Path
    disks: Mapping[str, Path]
    """By server, and `files`: the small disk that it has to itself, if there is one."""


@contextmanager
def running_rig(
    root: Path,
    settings: Mapping[str, str] = MappingProxyType({}),
    *,
    disks: Mapping[str, Path] = MappingProxyType({}),
    redis_url: str = "",
) -> Iterator[Rig]:
    """A rig on new servers below `root`, ready to serve; its jobs are in the Redis at `redis_url`, if one is named."""
    root.mkdir(parents=True, exist_ok=True)
    layout = Layout(root)
    with ExitStack() as running:
        ports = running.enter_context(Ports(layout.ports))
        where = {name: disks.get(name, root) / name for name in ("postgres", "valkey")}
        postgres = PostgresServer(where["postgres"], ports.get("postgres"), layout.log("postgres"))
        valkey = ValkeyServer(where["valkey"], ports.get("valkey"), layout.log("valkey"))
        loop = running.enter_context(Loop())
        redis_proxy = running.enter_context(Proxy(loop, valkey.port))
        postgres_proxy = running.enter_context(Proxy(loop, postgres.port))
        around = Surroundings(
            layout=layout,
            database_url=make_conninfo(postgres.url, port=postgres_proxy.port),
            redis_url=redis_url or valkey.url.replace(f":{valkey.port}/", f":{redis_proxy.port}/"),
            files_url=(disks.get("files", root) / "files").as_uri(),
            environ=environment(**settings),
            logins={name: make_conninfo(url, port=postgres_proxy.port) for name, url in login_urls(postgres).items()},
        )
        secret = kept_secret(layout.token_secret).encode()
        ingest_port = ports.get("ingest")
        runner = running.enter_context(Runner())
        runner.add([small_wal(postgres.program()), valkey.program()])
        migrate(postgres.url)
        open_logins(postgres)
        runner.add([ingest_program(around, ingest_port, ports.get("ingest-metrics"))])
        names = [f"writer-{number}" for number in range(1, WRITERS + 1)]
        runner.add(
            [
                *(writer_program(around, name, ports.get(f"{name}-metrics")) for name in names),
                processor_program(around, PROCESSOR, ports.get(f"{PROCESSOR}-metrics")),
            ]
        )
        place = Place(f"http://127.0.0.1:{ingest_port}", secret, postgres.url, redis_url or valkey.url, "sluice")
        yield Rig(place, runner, redis_proxy, postgres_proxy, valkey.data_dir, disks)


def small_wal(program: Program) -> Program:
    """PostgreSQL with little write-ahead log, for small disks and quick recoveries."""
    return Program(**{**vars(program), "command": (*program.command, "-c", "max_wal_size=128MB")})
