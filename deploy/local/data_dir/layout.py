"""Where things are in a data dir, and what its `stack.json` says."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import Struct

from deploy.local.data_dir.private_files import write_private
from deploy.local.tokens import SECRET_FILE


@dataclass(frozen=True)
class Layout:
    """The paths below one data dir, which is absolute."""

    root: Path

    @property
    def lock(self) -> Path:
        """Held by the one stack that runs here."""
        return self.root / "lock"

    @property
    def description(self) -> Path:
        """`stack.json`: there while the stack runs and is ready."""
        return self.root / "stack.json"

    @property
    def ports(self) -> Path:
        """The ports that a restart tries to get again."""
        return self.root / "ports.json"

    @property
    def token_secret(self) -> Path:
        """The HS256 secret of the bearer tokens."""
        return self.root / SECRET_FILE

    @property
    def files(self) -> Path:
        """The bytes of uploaded files, unless `SLUICE_FILES_URL` says where they are."""
        return self.root / "files"

    @property
    def backups(self) -> Path:
        """Backups of the database, unless `SLUICE_BACKUP_DIR` says where they go."""
        return self.root / "backups"

    def log(self, name: str) -> Path:
        """What a child prints."""
        return self.root / "log" / f"{name}.log"

    def program_lock(self, name: str) -> Path:
        """The lock of a service, see `Program.lock`."""
        return self.root / "run" / name

    def server(self, name: str) -> Path:
        """The data dir of an embedded server."""
        return self.root / name

    def program_claims(self) -> Iterator[Path]:
        """The lock files that programs of this or a former run hold."""
        for pattern in ("run/*.running", "*/lock.running"):
            yield from self.root.glob(pattern)


class Description(Struct, frozen=True, kw_only=True):
    """The content of `stack.json`. It holds passwords."""

    ingest_url: str
    console_url: str
    metrics_urls: dict[str, str]
    """Whole URLs of the metrics, by the names of the services."""
    database_url: str
    redis_url: str
    token_secret_file: str
    files_dir: str
    """Empty where the files are in no folder of this machine."""
    pids: dict[str, int] = {}
    """Without servers that are not ours."""

    def write(self, path: Path, pids: dict[str, int]) -> None:
        """Put it where others read it, whole."""
        described = msgspec.structs.replace(self, pids=pids)
        write_private(path, msgspec.json.format(msgspec.json.encode(described)).decode() + "\n")
