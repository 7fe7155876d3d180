"""The Redis client, and what the server must promise before anything is acknowledged."""

from collections.abc import Mapping
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.utils import str_if_bytes

from libs.contracts.texts import said
from libs.jobs.server.address import require_address

CONNECT_TIMEOUT_S = 2.0
SOCKET_TIMEOUT_S = 5.0
PROMISES = ("appendonly", "appendfsync", "maxmemory-policy")
"""The settings that decide whether a confirmed write is a stored write, and stays."""


class DurabilityError(redis.ConnectionError):
    """The server may lose what it has confirmed; the message names the setting to change."""


def connect(url: str, *, max_connections: int = 256, durable: bool = True) -> redis.Redis:
    """A pooled client with short timeouts.

    One immediate retry covers a pooled connection that a restart of the server has closed: every script may be run
    twice. redis-py's own defaults (10 retries) would hold a request far beyond its client's patience. Raises ValueError
    for an address that cannot be read.

    Each new connection looks at the server's settings again, because another server may have come to the address;
    unless `durable` is given up, commands raise DurabilityError where it may lose what it confirms.
    """
    require_address(url)
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=SOCKET_TIMEOUT_S,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 1),
        max_connections=max_connections,
        redis_connect_func=_greet if durable else None,
    )


def check_durability(client: redis.Redis) -> bool:
    """Check at boot that a confirmed write is a stored write.

    Returns whether the server has WAITAOF (Redis 7.2+, Valkey). Raises DurabilityError where `appendfsync always` is
    not set, or cannot be read, or keys may be evicted.
    """
    try:
        _require({name: client.config_get(name).get(name) for name in PROMISES})
    except redis.ResponseError as error:
        raise _unseen() from error
    return "waitaof" in client.command()


def _greet(connection: Any) -> None:
    """Begin a connection: redis-py's own greeting, and then a round trip for the settings."""
    connection.on_connect()
    # One name a command: servers before 7.0 take no more.
    connection.send_packed_command(connection.pack_commands([("CONFIG", "GET", name) for name in PROMISES]))
    try:
        answers = [connection.read_response() for _ in PROMISES]
    except redis.ResponseError as error:
        raise _unseen() from error
    # A map, or a list where the server speaks RESP 2; empty for a setting that it does not have.
    values = [list(answer.values()) if isinstance(answer, dict) else answer[1:] for answer in answers]
    _require({name: str_if_bytes(found[0]) for name, found in zip(PROMISES, values, strict=True) if found})


def _require(config: Mapping[str, str | None]) -> None:
    if config.get("appendonly") != "yes" or config.get("appendfsync") != "always":
        raise DurabilityError(said("REDIS_NOT_DURABLE"))
    if config.get("maxmemory-policy") != "noeviction":
        raise DurabilityError(said("REDIS_EVICTS"))


def _unseen() -> DurabilityError:
    return DurabilityError(said("REDIS_UNSEEN"))
