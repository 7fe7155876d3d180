"""Sluice itself, as a user starts it."""

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec
import redis

from deploy.local.data_dir.layout import Description
from deploy.local.data_dir.ports import free_port
from deploy.local.services import ROOT
from deploy.local.supervision.process import Program
from deploy.local.tokens import make_token
from libs.jobs.keys import Keys
from tests.benchmarks.running.load import Deadline, pause
from tests.benchmarks.running.servers import Servers, running

NAMESPACE = "sluice"
"""Of what `sluice up` starts."""
LOOK_EVERY_S = 0.005


@dataclass(frozen=True)
class Sluice:
    """A running Sluice."""

    data_dir: Path
    database_url: str

    @property
    def description(self) -> Description:
        """stack.json as it is now."""
        return msgspec.json.decode((self.data_dir / "stack.json").read_bytes(), type=Description)

    @property
    def url(self) -> str:
        """Where ingest listens."""
        return self.description.ingest_url

    def token(self, tenant: UUID) -> str:
        """A bearer token."""
        return make_token(self.data_dir, tenant, subject="bench")

    def await_ended(self, deadline: Deadline) -> None:
        """Wait until no job is open, by the job store: to ask ingest for each costs it what a small batch costs."""
        with redis.Redis.from_url(self.description.redis_url) as client:
            while client.zcard(Keys(NAMESPACE).open):
                deadline.check()
                pause(LOOK_EVERY_S)

    def pids(self, kind: str) -> list[int]:
        """The processes named so, or so and a number."""
        return [pid for name, pid in self.description.pids.items() if name.partition("-")[0] == kind]


@contextmanager
def running_sluice(
    servers: Servers, database_url: str, *, writers: int = 2, settings: Mapping[str, str] | None = None
) -> Iterator[Sluice]:
    """`sluice up` on the session's servers and this database; the queues are empty before and after."""
    data_dir = servers.root / "stack"
    (data_dir / "stack.json").unlink(missing_ok=True)
    servers.forget_queues()
    command = ("-m", "libs.client.commands.command", "up", "--data-dir", str(data_dir), "--writers", str(writers))
    surroundings = {"SLUICE_DATABASE_URL": database_url, "SLUICE_REDIS_URL": servers.valkey.url, **(settings or {})}
    program = Program(
        name="sluice",
        command=(sys.executable, *command, "--ingest-port", str(free_port()), "--console-port", "0"),
        lock=servers.root / "run" / "sluice",
        log=servers.root / "sluice.log",
        ready=(data_dir / "stack.json").exists,
        environ={name: value for name, value in os.environ.items() if not name.startswith("SLUICE_")} | surroundings,
        directory=ROOT,
        stop=((signal.SIGTERM, 60.0),),
    )
    with running(program):
        yield Sluice(data_dir, database_url)
    servers.forget_queues()
