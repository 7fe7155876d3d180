"""What gunicorn is told, each from `SLUICE_<NAME>`. Imported by its master, which imports nothing that counts."""

from typing import Annotated

from msgspec import Meta, Struct


class ConsoleServerSettings(Struct, frozen=True, kw_only=True):
    """Where it listens, and how it ends."""

    console_bind: str = "127.0.0.1:8081"
    """Where it listens, `host:port`."""
    console_notice_seconds: Annotated[float, Meta(ge=0, le=60)] = 5.0
    """After SIGTERM all goes on for so long, while /readyz says no: whoever spreads requests turns away."""
