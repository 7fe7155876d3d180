"""The processor's settings, each from `SLUICE_<NAME>`."""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from libs.backups.settings import BackupSettings
from libs.database.server.address import DatabaseUrl
from libs.intake.settings import IntakeSettings, Positive
from libs.jobs.server.address import RedisUrl
from libs.jobs.server.stated import Stated
from libs.telemetry.health import Bind
from libs.telemetry.logging import LogLevel
from libs.telemetry.process.naming import own_name
from libs.uploads.settings import FileSettings
from libs.webhooks.settings import WebhookSettings
from services.processor.forgetting.settings import RetentionSettings
from services.processor.mapping.settings import AiSettings


class ProcessorSettings(Struct, frozen=True, kw_only=True):
    """How a processor reaches its stores and how it works."""

    redis_url: RedisUrl
    """`redis://user:password@host:6379/0`, or `rediss://…` for TLS."""
    redis_stated: Stated = ""
    """Of a Redis that refuses CONFIG GET, what it would say:
    `appendonly=yes,appendfsync=always,maxmemory-policy=noeviction`."""
    database_url: DatabaseUrl
    """`postgresql://user:password@host:5432/name`, or `host=… dbname=…` as libpq has it."""
    files: FileSettings = FileSettings()
    intake: IntakeSettings = IntakeSettings()
    ai: AiSettings = AiSettings()
    backups: BackupSettings = BackupSettings()
    retention: RetentionSettings = RetentionSettings()
    webhook: WebhookSettings = WebhookSettings()
    namespace: str = "sluice"
    """What keys in Redis begin with, in braces; two installations may share a server."""
    redis_replicas: Annotated[int, Meta(ge=0)] = 0
    """Replicas that must have a batch on disk before it counts as opened."""
    processor_name: str = ""
    """Who it is, in lists, logs and PostgreSQL; without it `processor-`, the host, and something of its own."""
    processor_threads: Positive = 6
    """Tasks that run at once."""
    tenant_tasks: Positive = 4
    """Tasks of one tenant that run at once, in all processors together; fewer than a processor's threads."""
    lease_ms: Annotated[int, Meta(ge=1_000)] = 10_000
    """After so long without a sign of life, a task is taken over from its processor."""
    metrics_bind: Bind = "127.0.0.1:9103"
    """Where operators come, `host:port`: /livez, /readyz, /metrics."""
    log_level: LogLevel = "info"
    """`debug`, `info`, `warning`, `error` or `critical`."""
    window_chunks: Positive = 16
    """Chunks of a tenant and lane that are with writers at once; the same for all services."""
    grace_ms: Annotated[int, Meta(ge=100)] = 3_000
    """After so long a chunk whose message nobody has taken is published again."""
    statement_timeout_s: Positive = 60
    """The longest that a statement in PostgreSQL may take."""
    rule_timeout_s: Positive = 30
    """For each rule; one that takes longer has failed, and the others run."""
    drain_seconds: Positive = 25
    """After SIGTERM, how long what has begun may take to its end."""

    def __post_init__(self) -> None:
        if not self.processor_name:
            force_setattr(self, "processor_name", own_name("processor"))
