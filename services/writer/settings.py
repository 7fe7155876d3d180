"""The writer's settings, each from `SLUICE_<NAME>`."""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from libs.database.server.address import DatabaseUrl
from libs.jobs.server.address import RedisUrl
from libs.jobs.server.stated import Stated
from libs.telemetry.health import Bind
from libs.telemetry.logging import LogLevel
from libs.telemetry.process.naming import own_name

Positive = Annotated[int, Meta(ge=1)]


class WriterSettings(Struct, frozen=True, kw_only=True):
    """How a writer reaches its stores and how it works."""

    redis_url: RedisUrl
    """`redis://user:password@host:6379/0`, or `rediss://…` for TLS."""
    redis_stated: Stated = ""
    """Of a Redis that refuses CONFIG GET, what it would say:
    `appendonly=yes,appendfsync=always,maxmemory-policy=noeviction`."""
    database_url: DatabaseUrl
    """`postgresql://user:password@host:5432/name`, or `host=… dbname=…` as libpq has it."""
    namespace: str = "sluice"
    """What keys in Redis begin with, in braces; two installations may share a server."""
    writer_name: str = ""
    """Who it is, in lists, logs and PostgreSQL; without it `writer-`, the host, and something of its own."""
    writer_threads: Positive = 3
    """Chunks written at once; each uses one connection to PostgreSQL."""
    metrics_bind: Bind = "127.0.0.1:9102"
    """Where operators come, `host:port`: /livez, /readyz, /metrics."""
    log_level: LogLevel = "info"
    """`debug`, `info`, `warning`, `error` or `critical`."""
    lease_ms: Annotated[int, Meta(ge=1_000)] = 10_000
    """After so long without a sign of life, a chunk is taken over from its writer."""
    window_chunks: Positive = 16
    """Chunks of a tenant and lane that are with writers at once; the same for all services."""
    grace_ms: Annotated[int, Meta(ge=100)] = 3_000
    """After so long a chunk whose message nobody has taken is published again."""
    ended_ttl_s: Positive = 3_600
    """How long Redis keeps jobs that have ended; PostgreSQL has them anyway."""
    statement_timeout_s: Positive = 60
    """The longest that a statement in PostgreSQL may take."""
    drain_seconds: Positive = 25
    """After SIGTERM, how long what has begun may take to its end."""

    def __post_init__(self) -> None:
        if not self.writer_name:
            force_setattr(self, "writer_name", own_name("writer"))
