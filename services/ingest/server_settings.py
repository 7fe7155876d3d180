"""What gunicorn is told, each from `SLUICE_<NAME>`. Imported by its master, which imports nothing that counts."""

from typing import Annotated

from msgspec import Meta, Struct

Positive = Annotated[int, Meta(ge=1)]
Threads = Annotated[int, Meta(ge=8)]


class IngestServerSettings(Struct, frozen=True, kw_only=True):
    """Where it listens, and how it ends."""

    ingest_bind: str = "127.0.0.1:8080"
    """Where it listens, `host:port`."""
    ingest_workers: Positive = 2
    """Processes, one for a CPU."""
    ingest_threads: Threads = 256
    ingest_notice_seconds: Annotated[float, Meta(ge=0, le=60)] = 5.0
    """After SIGTERM all goes on for so long, while /readyz says no: whoever spreads requests turns away."""
