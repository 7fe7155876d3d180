"""The ingest service's settings, each from `SLUICE_<NAME>`."""

from typing import Annotated

from msgspec import Meta, Struct

from libs.telemetry.health import Bind
from libs.telemetry.logging import LogLevel

Positive = Annotated[int, Meta(ge=1)]
MIB = 1024 * 1024


class IngestSettings(Struct, frozen=True, kw_only=True):
    """How ingest reaches its stores, whom it trusts, and what it accepts."""

    redis_url: str
    database_url: str
    namespace: str = "sluice"
    redis_replicas: Annotated[int, Meta(ge=0)] = 0
    """Replicas that must have a batch on disk before it is acknowledged."""
    token_secret_file: str = ""
    """HS256: a file with the shared secret."""
    jwks_file: str = ""
    """RS256, ES256, EdDSA: a file with the issuer's public keys."""
    jwks_url: str = ""
    """The same, fetched and kept for five minutes."""
    token_issuer: str = "sluice"  # noqa: S105 -- a name
    token_audience: str = "sluice"  # noqa: S105 -- a name
    token_leeway_s: Annotated[int, Meta(ge=0, le=60)] = 30
    metrics_bind: Bind = "127.0.0.1:9101"
    log_level: LogLevel = "info"
    chunk_records: Annotated[int, Meta(ge=1, le=10_000)] = 2_000
    window_chunks: Positive = 16
    grace_ms: Annotated[int, Meta(ge=100)] = 3_000
    max_body_bytes: Positive = 64 * MIB
    body_memory_bytes: Positive = 256 * MIB
    """What the bodies of one process may hold together, decompressed; beyond it batches get 503."""
    backlog_max_bytes: Positive = 512 * MIB
    """Payload bytes waiting to be written, all tenants; beyond it batches get 503."""
    tenant_backlog_max_bytes: Positive = 256 * MIB
    """The same for one tenant; beyond it that tenant gets 429."""
    body_seconds: Positive = 60
    """The longest that a body may take to arrive."""
    body_bytes_per_second: Positive = 8 * 1024
    """The slowest that a body may arrive, after `body_grace_seconds`."""
    body_grace_seconds: Positive = 5
    reader_connections: Positive = 4

    def __post_init__(self) -> None:
        if not (self.token_secret_file or self.jwks_file or self.jwks_url):
            message = (
                "one of SLUICE_TOKEN_SECRET_FILE, SLUICE_JWKS_FILE, SLUICE_JWKS_URL is required: whose tokens count?"
            )
            raise ValueError(message)
        if self.body_memory_bytes < self.max_body_bytes:
            message = "SLUICE_BODY_MEMORY_BYTES must not be below SLUICE_MAX_BODY_BYTES: no large body would ever fit"
            raise ValueError(message)
