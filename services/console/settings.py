"""The console's settings, each from `SLUICE_<NAME>`."""

from typing import Annotated

from msgspec import Meta, Struct

from libs.contracts.texts import Language
from libs.database.server.address import DatabaseUrl
from libs.identity.settings import TokenSettings
from libs.intake.settings import IntakeSettings, Positive
from libs.jobs.server.address import RedisUrl
from libs.jobs.server.stated import Stated
from libs.telemetry.health import Bind
from libs.telemetry.logging import LogLevel
from libs.uploads.settings import FileSettings
from services.console.http.site import SiteUrl
from services.console.sign_in.oidc.settings import OidcSettings
from services.console.sign_in.proxy import ProxySettings


class ConsoleSettings(Struct, frozen=True, kw_only=True):
    """How the console reaches its stores, whom it lets in, and how it is reached."""

    redis_url: RedisUrl
    """`redis://user:password@host:6379/0`, or `rediss://…` for TLS."""
    redis_stated: Stated = ""
    """Of a Redis that refuses CONFIG GET, what it would say:
    `appendonly=yes,appendfsync=always,maxmemory-policy=noeviction`."""
    database_url: DatabaseUrl
    """`postgresql://user:password@host:5432/name`, or `host=… dbname=…` as libpq has it."""
    tokens: TokenSettings
    oidc: OidcSettings = OidcSettings()
    proxy: ProxySettings = ProxySettings()
    namespace: str = "sluice"
    """What keys in Redis begin with, in braces; two installations may share a server."""
    redis_replicas: Annotated[int, Meta(ge=0)] = 0
    """Replicas that must have a retry on disk before it is confirmed."""
    console_url: SiteUrl = ""
    """How browsers reach it, where that is not as the request says: behind a proxy, or below a path."""
    ingest_url: Annotated[str, Meta(pattern="^(https?://[^ ?#]+)?$")] = ""
    """Where ingest says what it allows, for the page of the system; nothing else is asked there."""
    console_language: Language = "vi"
    """Of who has chosen none."""
    console_timezone: str = "Asia/Ho_Chi_Minh"
    """Of whose browser has not said its own."""
    console_threads: Positive = 16
    """Threads that ask the stores; the event loop never waits for one."""
    session_idle_minutes: Positive = 60
    """How long a session lasts without a person's doing anything."""
    session_hours: Positive = 12
    """How long it lasts at most."""
    live_streams: Positive = 2_000
    """Streams of a process at once; beyond it clients get 503."""
    tenant_live_streams: Positive = 500
    """The same for one tenant; beyond it clients get 429."""
    files: FileSettings = FileSettings()
    intake: IntakeSettings = IntakeSettings()
    """Of rejected records that are mended and sent again."""
    uploads: Positive = 16
    """Files that a process receives at once, half of its threads at most; each holds up to 8 MiB in memory."""
    tenant_uploads: Positive = 8
    """The same for one tenant."""
    downloads: Positive = 16
    """Files that a process hands out at once; each holds 8 MiB, too."""
    tenant_downloads: Positive = 8
    """The same for one tenant."""
    reader_connections: Positive = 8
    """Connections to PostgreSQL, for what is read."""
    work_connections: Positive = 8
    """For what is done with tasks, files and mappings."""
    window_chunks: Positive = 16
    """Chunks of a tenant and lane that are with writers at once; the same for all services."""
    grace_ms: Annotated[int, Meta(ge=100)] = 3_000
    """After so long a chunk whose message nobody has taken is published again."""
    metrics_bind: Bind = "127.0.0.1:9104"
    """Where operators come, `host:port`: /livez, /readyz, /metrics."""
    log_level: LogLevel = "info"
    """`debug`, `info`, `warning`, `error` or `critical`."""

    @property
    def upload_places(self) -> tuple[int, int]:
        """How many files may be received, and how many from one tenant."""
        most = min(self.uploads, max(1, self.console_threads // 2))
        return most, min(most, self.tenant_uploads)
