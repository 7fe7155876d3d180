"""How the stores are: what they say of themselves, without anything of a tenant."""

from msgspec import Struct


class RedisHealth(Struct, frozen=True, kw_only=True):
    """Redis, or Valkey."""

    latency_ms: float
    """One question and its answer."""
    server: str
    """`Valkey 9.1.0`."""
    role: str
    """`master` or `slave`, as it calls itself."""
    replicas: int
    used_bytes: int
    most_bytes: int
    """Its `maxmemory`; 0 where it sets none."""
    clients: int
    appends: bool
    """Whether it keeps what it confirms (AOF)."""
    append_error: bool
    """Whether the last write of that failed."""
    fsync: str
    """Its `appendfsync`; empty where it may not be read."""


class DatabaseHealth(Struct, frozen=True, kw_only=True):
    """PostgreSQL."""

    latency_ms: float
    version: str
    standby: bool
    read_only: bool
    sessions: int
    most_sessions: int
    bytes: int
    """Of this database."""
