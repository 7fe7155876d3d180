"""The ingest service's settings, each from `SLUICE_<NAME>`."""

from typing import Annotated

from msgspec import Meta, Struct

from libs.contracts.texts import said
from libs.database.server.address import DatabaseUrl
from libs.identity.settings import TokenSettings
from libs.intake.settings import MIB, IntakeSettings, Positive
from libs.jobs.server.address import RedisUrl
from libs.jobs.server.stated import Stated
from libs.telemetry.health import Bind
from libs.telemetry.logging import LogLevel
from libs.uploads.settings import FileSettings
from services.ingest.server_settings import Threads


class IngestSettings(Struct, frozen=True, kw_only=True):
    """How ingest reaches its stores, whom it trusts, and what it accepts."""

    redis_url: RedisUrl
    """`redis://user:password@host:6379/0`, or `rediss://…` for TLS."""
    redis_stated: Stated = ""
    """Of a Redis that refuses CONFIG GET, what it would say:
    `appendonly=yes,appendfsync=always,maxmemory-policy=noeviction`."""
    database_url: DatabaseUrl
    """`postgresql://user:password@host:5432/name`, or `host=… dbname=…` as libpq has it."""
    tokens: TokenSettings
    intake: IntakeSettings = IntakeSettings()
    files: FileSettings = FileSettings()
    namespace: str = "sluice"
    """What keys in Redis begin with, in braces; two installations may share a server."""
    redis_replicas: Annotated[int, Meta(ge=0)] = 0
    """Replicas that must have a batch on disk before it is acknowledged."""
    metrics_bind: Bind = "127.0.0.1:9101"
    """Where operators come, `host:port`: /livez, /readyz, /metrics."""
    log_level: LogLevel = "info"
    """`debug`, `info`, `warning`, `error` or `critical`."""
    window_chunks: Positive = 16
    """Chunks of a tenant and lane that are with writers at once; the same for all services."""
    grace_ms: Annotated[int, Meta(ge=100)] = 3_000
    """After so long a chunk whose message nobody has taken is published again."""
    max_body_bytes: Positive = 64 * MIB
    """The largest body of a batch, as it comes and decompressed."""
    body_memory_bytes: Positive = 256 * MIB
    """What the bodies of one process may hold together, decompressed; beyond it batches get 503."""
    body_seconds: Positive = 60
    """The longest that a body may take to arrive."""
    body_bytes_per_second: Positive = 8 * 1024
    """The slowest that a body may arrive, after `body_grace_seconds`."""
    body_grace_seconds: Positive = 5
    """How long a body may take at first, however slowly it comes."""
    reader_connections: Positive = 4
    """Connections to PostgreSQL, for what is read."""
    work_connections: Positive = 8
    """For files and tasks."""
    ingest_threads: Threads = 256
    """Threads of a process. A client that is slow to send its head or to take its answer holds none."""
    waiting_requests: Positive = 128
    """Requests of a process that may wait for writers, half of its threads at most; others get their 202 at once."""
    tenant_waiting_requests: Positive = 64
    """The same for one tenant."""
    streams: Positive = 64
    """Streamed answers of a process at once, a quarter of its threads at most; beyond it clients get 503."""
    tenant_streams: Positive = 16
    """The same for one tenant."""
    uploads: Positive = 32
    """Files that a process receives at once, a quarter of its threads at most; beyond it clients get 503. Each holds
    up to 8 MiB in memory."""
    tenant_uploads: Positive = 16
    """The same for one tenant."""
    downloads: Positive = 16
    """Files that a process hands out at once, a quarter of its threads at most; each holds 8 MiB, too."""
    tenant_downloads: Positive = 8
    """The same for one tenant."""
    answer_grace_seconds: Positive = 10
    """How long a client may take nothing of its answer."""
    answer_bytes_per_second: Positive = 8 * 1024
    """The slowest that a client may take an answer, after `answer_grace_seconds`."""

    def __post_init__(self) -> None:
        if self.body_memory_bytes < self.max_body_bytes:
            raise ValueError(said("SETTING_BODY_MEMORY"))

    @property
    def waiting_places(self) -> tuple[int, int]:
        """How many requests may wait, and how many of one tenant."""
        return _places(self.waiting_requests, self.tenant_waiting_requests, self.ingest_threads // 2)

    @property
    def stream_places(self) -> tuple[int, int]:
        """How many answers may be streamed, and how many to one tenant."""
        return _places(self.streams, self.tenant_streams, self.ingest_threads // 4)

    @property
    def upload_places(self) -> tuple[int, int]:
        """How many files may be received, and how many from one tenant."""
        return _places(self.uploads, self.tenant_uploads, self.ingest_threads // 4)

    @property
    def download_places(self) -> tuple[int, int]:
        """How many files may be handed out, and how many to one tenant."""
        return _places(self.downloads, self.tenant_downloads, self.ingest_threads // 4)


def _places(most: int, of_tenant: int, threads: int) -> tuple[int, int]:
    return min(most, threads), min(most, threads, of_tenant)
