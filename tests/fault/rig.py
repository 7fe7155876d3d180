"""A stack that can be tormented: real servers, a proxy before each, ingest and writers, all kept running by a runner."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis
from psycopg.conninfo import make_conninfo

from deploy.local.layout import Layout
from deploy.local.ports import Ports
from deploy.local.postgres import PostgresServer
from deploy.local.private_files import kept_secret
from deploy.local.process import Program
from deploy.local.services import Surroundings, ingest_program, writer_program
from deploy.local.valkey import ValkeyServer
from libs.database.migrations import migrate
from tests.fault.proxy import Loop, Proxy
from tests.fault.runner import Runner

NAMESPACE = "fault"
CHUNK_RECORDS = 20
"""Small, so that a batch of a few dozen records is several chunks."""
SETTINGS = {"SLUICE_CHUNK_RECORDS": str(CHUNK_RECORDS), "SLUICE_WINDOW_CHUNKS": "8", "SLUICE_LOG_LEVEL": "warning"}


@dataclass(frozen=True)
class Rig:
    """The parts of the stack that a fault or a checker takes hold of."""

    runner: Runner
    redis_proxy: Proxy
    postgres_proxy: Proxy
    database_url: str
    """Directly, past the proxy."""
    redis_url: str
    url: str
    secret: bytes
    disks: dict[str, Path]
    """By server: the small disk that it has to itself, if there is one."""

    def redis(self) -> "redis.Redis[bytes]":
        """A client past the proxy, which gives up soon."""
        return redis.Redis.from_url(self.redis_url, socket_timeout=2, socket_connect_timeout=2, retry=None)


def environment(**settings: str) -> dict[str, str]:
    """Our own, with these settings of the services and no others."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SLUICE_")}
    return inherited | SETTINGS | settings


@contextmanager
def running_rig(
    root: Path, *, writers: int = 2, disks: dict[str, Path] | None = None, **settings: str
) -> Iterator[Rig]:
    """A rig on new servers below `root`, ready to serve."""
    disks = disks or {}
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
            layout,
            make_conninfo(postgres.url, port=postgres_proxy.port),
            valkey.url.replace(f":{valkey.port}/", f":{redis_proxy.port}/"),
            environment(SLUICE_NAMESPACE=NAMESPACE, **settings),
        )
        secret = kept_secret(layout.token_secret).encode()
        ingest_port = ports.get("ingest")
        runner = running.enter_context(Runner())
        runner.add([small_wal(postgres.program()), valkey.program()])
        migrate(postgres.url)
        runner.add([ingest_program(around, ingest_port, ports.get("ingest-metrics"))])
        names = [f"writer-{number}" for number in range(1, writers + 1)]
        runner.add([writer_program(around, name, ports.get(f"{name}-metrics")) for name in names])
        url = f"http://127.0.0.1:{ingest_port}"
        yield Rig(runner, redis_proxy, postgres_proxy, postgres.url, valkey.url, url, secret, disks)


def small_wal(program: Program) -> Program:
    """PostgreSQL with little write-ahead log, for small disks and quick recoveries."""
    return Program(**{**vars(program), "command": (*program.command, "-c", "max_wal_size=128MB")})


def tail_of_logs(rig: Rig, into: Path) -> None:
    """Keep the logs of a run that went wrong."""
    into.mkdir(parents=True, exist_ok=True)
    for name in rig.runner.names():
        shutil.copy(rig.runner.log(name), into / f"{name}.log")
