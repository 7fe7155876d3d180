"""Services that a test starts and watches one by one, on shared servers, in a database and a namespace of their own."""

import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from deploy.local.data_dir.ports import free_port
from deploy.local.data_dir.private_files import kept_secret
from deploy.local.services import ROOT, is_ready
from tests.fault.running.place import Place, environment
from tests.servers import with_database
from tests.waiting import wait_until

HOST = "127.0.0.1"
START_S = 60.0
QUICK = {"SLUICE_LEASE_MS": "1000", "SLUICE_GRACE_MS": "300"}
"""Short leases, so that a dead writer's chunk is taken over soon."""


@dataclass(frozen=True)
class Service:
    """A running service."""

    process: "subprocess.Popen[bytes]"
    port: int
    """Where it says that it is ready."""
    log: Path

    def wait_ready(self) -> "Service":
        """Return once it serves."""
        wait_until(lambda: is_ready(self.port), START_S, f"{self.log.name} says that its service is ready")
        return self

    def send(self, number: signal.Signals) -> None:
        """Signal it."""
        self.process.send_signal(number)

    def is_stopped(self) -> bool:
        """Whether it stands still (proc(5), state T)."""
        return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    def says(self, text: str) -> bool:
        """Whether its log holds this."""
        return text in self.log.read_text(errors="replace")


@dataclass(frozen=True)
class Site:
    """Where services are started."""

    root: Path
    place: Place
    files_url: str

    @contextmanager
    def writer(self, name: str, **settings: str) -> Iterator[Service]:
        """A writer; killed at the end if it still runs."""
        port = free_port()
        own = {"SLUICE_WRITER_NAME": name, "SLUICE_METRICS_BIND": f"{HOST}:{port}", **settings}
        with self._running(name, port, [sys.executable, "-m", "services.writer.main"], own) as service:
            yield service

    @contextmanager
    def processor(self, name: str, **settings: str) -> Iterator[Service]:
        """A processor; killed at the end if it still runs."""
        port = free_port()
        own = {"SLUICE_PROCESSOR_NAME": name, "SLUICE_METRICS_BIND": f"{HOST}:{port}", **settings}
        with self._running(name, port, [sys.executable, "-m", "services.processor.main"], own) as service:
            yield service

    @contextmanager
    def ingest(self, name: str, **settings: str) -> Iterator[Service]:
        """Gunicorn with one worker; killed at the end if it still runs."""
        port = free_port()
        configuration = str(ROOT / "deploy" / "gunicorn.conf.py")
        own = {
            "SLUICE_TOKEN_SECRET_FILE": str(self.root / "secret"),
            "SLUICE_INGEST_BIND": f"{HOST}:{port}",
            "SLUICE_INGEST_WORKERS": "1",
            "SLUICE_INGEST_NOTICE_SECONDS": "0",
            "SLUICE_METRICS_BIND": f"{HOST}:{free_port()}",
            **settings,
        }
        command = [sys.executable, "-m", "gunicorn", "--config", configuration, "services.ingest.wsgi:app"]
        with self._running(name, port, command, own) as service:
            yield service

    def logs(self) -> list[Path]:
        """What all services have printed."""
        return sorted(self.root.glob("*.log"))

    @contextmanager
    def _running(self, name: str, port: int, command: list[str], settings: dict[str, str]) -> Iterator[Service]:
        log = self.root / f"{name}.log"
        environ = environment(
            SLUICE_DATABASE_URL=self.place.database_url,
            SLUICE_REDIS_URL=self.place.redis_url,
            SLUICE_NAMESPACE=self.place.namespace,
            SLUICE_FILES_URL=self.files_url,
            **{**QUICK, **settings},
        )
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environ, stdout=output, stderr=output, start_new_session=True
            )
        try:
            yield Service(process, port, log)
        finally:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()


@contextmanager
def site(root: Path, postgres_url: str, template: str, redis_url: str, files_url: str = "") -> Iterator[Site]:
    """A site with a new database and a running ingest; its files are below `root`, unless they are elsewhere."""
    name = f"fault_{uuid.uuid4().hex}"
    secret = kept_secret(root / "secret").encode()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        clone = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(clone.format(sql.Identifier(name), sql.Identifier(template)))
        try:
            files_url = files_url or (root / "files").as_uri()
            bare = Site(root, Place("", secret, with_database(postgres_url, name), redis_url, name), files_url)
            with bare.ingest("ingest") as ingest:
                ingest.wait_ready()
                place = Place(f"http://{HOST}:{ingest.port}", secret, bare.place.database_url, redis_url, name)
                yield Site(root, place, files_url)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
