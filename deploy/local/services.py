"""The services of the stack as programs of the supervisor."""

import http.client
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.data_dir.layout import Layout
from deploy.local.data_dir.ports import HOST
from deploy.local.servers.postgres import binaries
from deploy.local.supervision.process import Program
from libs.settings import BY_FILE, variable

ROOT = Path(__file__).parents[2]
"""The directory that holds the packages `libs`, `services` and `deploy`."""
METRICS_FOLDERS = ("PROMETHEUS_MULTIPROC_DIR", "SLUICE_OWN_METRICS_DIR")
"""Whatever the caller's processes share; gunicorn makes a folder for its own."""
DRAIN_SECONDS = 30.0


@dataclass(frozen=True)
class Surroundings:
    """What every service of one stack is given."""

    layout: Layout
    database_url: str
    redis_url: str
    files_url: str
    environ: Mapping[str, str]
    """Of the caller, so that any other setting reaches the services."""
    logins: Mapping[str, str] = field(default_factory=dict)
    """Database URLs of the services that have a login of their own."""

    def with_settings(self, service: str, **settings: object) -> dict[str, str]:
        """The environment of a service with these settings."""
        database_url = self.logins.get(service, self.database_url)
        given = {
            "database_url": database_url, "redis_url": self.redis_url, "files_url": self.files_url, **settings,
        }  # fmt: skip
        named = {variable(name): str(value) for name, value in given.items()}
        twice = METRICS_FOLDERS + tuple(name + BY_FILE for name in named)
        return {name: value for name, value in self.environ.items() if name not in twice} | named


def ingest_program(around: Surroundings, port: int, metrics_port: int) -> Program:
    """Gunicorn with the ingest application; its pid is the master's."""
    layout = around.layout
    settings = around.with_settings(
        "ingest",
        token_secret_file=layout.token_secret,
        ingest_bind=f"{HOST}:{port}",
        ingest_notice_seconds=0,  # nobody spreads requests over several
        metrics_bind=f"{HOST}:{metrics_port}",
    )
    configuration = str(ROOT / "deploy" / "gunicorn.conf.py")
    return Program(
        name="ingest",
        command=(sys.executable, "-m", "gunicorn", "--config", configuration, "services.ingest.wsgi:app"),
        lock=layout.program_lock("ingest"),
        log=layout.log("ingest"),
        ready=lambda: is_ready(port),
        environ=settings,
        directory=ROOT,
        stop=((signal.SIGTERM, DRAIN_SECONDS),),
        stop_order=1,
    )


def console_program(around: Surroundings, port: int, metrics_port: int, ingest_port: int) -> Program:
    """Gunicorn with the console; its pid is the master's. People and streams come again by themselves."""
    layout = around.layout
    settings = around.with_settings(
        "console",
        token_secret_file=layout.token_secret,
        console_bind=f"{HOST}:{port}",
        console_notice_seconds=0,
        ingest_url=f"http://{HOST}:{ingest_port}",
        metrics_bind=f"{HOST}:{metrics_port}",
    )
    configuration = str(ROOT / "deploy" / "gunicorn_console.conf.py")
    return Program(
        name="console",
        command=(sys.executable, "-m", "gunicorn", "--config", configuration, "services.console.asgi:app"),
        lock=layout.program_lock("console"),
        log=layout.log("console"),
        ready=lambda: is_ready(port),
        environ=settings,
        directory=ROOT,
        stop=((signal.SIGTERM, DRAIN_SECONDS),),
        stop_order=1,
    )


def writer_program(around: Surroundings, name: str, metrics_port: int) -> Program:
    """One writer."""
    return Program(
        name=name,
        command=(sys.executable, "-m", "services.writer.main"),
        lock=around.layout.program_lock(name),
        log=around.layout.log(name),
        ready=lambda: is_ready(metrics_port),
        environ=around.with_settings("writer", writer_name=name, metrics_bind=f"{HOST}:{metrics_port}"),
        directory=ROOT,
        stop=((signal.SIGTERM, DRAIN_SECONDS),),
        stop_order=2,
    )


def processor_program(around: Surroundings, name: str, metrics_port: int) -> Program:
    """One processor. It ends before the writers, and gives back what it runs.

    Of an embedded PostgreSQL it has all that backups take; of another one, what the caller's environment says.
    """
    backups: dict[str, object] = {}
    if "backup" in around.logins:
        folder = around.environ.get(variable("backup_dir")) or around.layout.backups
        backups = {
            "backup_dir": folder, "backup_database_url": around.logins["backup"], "backup_programs": binaries(),
        }  # fmt: skip
    return Program(
        name=name,
        command=(sys.executable, "-m", "services.processor.main"),
        lock=around.layout.program_lock(name),
        log=around.layout.log(name),
        ready=lambda: is_ready(metrics_port),
        environ=around.with_settings(
            "processor", processor_name=name, metrics_bind=f"{HOST}:{metrics_port}", **backups
        ),
        directory=ROOT,
        stop=((signal.SIGTERM, DRAIN_SECONDS),),
        stop_order=1,
    )


def is_ready(port: int) -> bool:
    """Whether the service behind the port says so. No proxy of the environment is asked."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
