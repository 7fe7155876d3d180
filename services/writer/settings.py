"""The writer's settings, each from `SLUICE_<NAME>`."""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from libs.database.server.address import DatabaseUrl
from libs.jobs.server.address import RedisUrl
from libs.jobs.server.stated import Stated
from libs.telemetry.health import Bind
from libs.telemetry.logging import LogLevel
from libs.telemetry.naming import own_name

Positive = Annotated[int, Meta(ge=1)]


class WriterSettings(Struct, frozen=True, kw_only=True):
    """How a writer reaches its stores and how it works."""

    redis_url: RedisUrl
    redis_stated: Stated = ""
    """Of a Redis that refuses CONFIG GET, what it would say:
    `appendonly=yes,appendfsync=always,maxmemory-policy=noeviction`."""
    database_url: DatabaseUrl
    namespace: str = "sluice"
    writer_name: str = ""
    """Who it is, in lists, logs and PostgreSQL; without it `writer-`, the host, and something of its own."""
    writer_threads: Positive = 3
    """Chunks written at once; each uses one connection to PostgreSQL."""
    metrics_bind: Bind = "127.0.0.1:9102"
    log_level: LogLevel = "info"
    lease_ms: Annotated[int, Meta(ge=1_000)] = 10_000
    window_chunks: Positive = 16
    grace_ms: Annotated[int, Meta(ge=100)] = 3_000
    ended_ttl_s: Positive = 3_600
    statement_timeout_s: Positive = 60
    drain_seconds: Positive = 25

    def __post_init__(self) -> None:
        if not self.writer_name:
            force_setattr(self, "writer_name", own_name("writer"))
