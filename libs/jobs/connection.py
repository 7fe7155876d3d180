"""The Redis client, and what the server must promise before anything is acknowledged."""

import re

import redis
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.retry import Retry

from libs.contracts.texts import both

CONNECT_TIMEOUT_S = 2.0
SOCKET_TIMEOUT_S = 5.0
_HOST = re.compile(r"[\w.:%-]*")


class DurabilityError(Exception):
    """The server may lose what it has confirmed; the message names the setting to change."""


def connect(url: str, *, max_connections: int = 256) -> redis.Redis:
    """A pooled client with short timeouts.

    One immediate retry covers a pooled connection that a restart of the server has closed: every script may be run
    twice. redis-py's own defaults (10 retries) would hold a request far beyond its client's patience. Raises ValueError
    for an address that cannot be read.
    """
    require_address(url)
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=SOCKET_TIMEOUT_S,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 1),
        max_connections=max_connections,
    )


def require_address(url: str) -> None:
    """Raise ValueError for an address that cannot be read; redis-py's own message may quote it, password included."""
    try:
        host = parse_url(url).get("host", "")
    except ValueError:
        raise ValueError(both("REDIS_ADDRESS")) from None
    if not _HOST.fullmatch(host):
        raise ValueError(both("REDIS_ADDRESS"))


def check_durability(client: redis.Redis) -> bool:
    """Check at boot that a confirmed write is a stored write.

    Returns whether the server has WAITAOF (Redis 7.2+, Valkey). Raises DurabilityError where `appendfsync always` is
    not set, or cannot be read, or keys may be evicted.
    """
    try:
        config = client.config_get("appendonly", "appendfsync", "maxmemory-policy")
    except redis.ResponseError as error:
        message = "Redis refuses CONFIG GET: allow it, so that appendonly and appendfsync can be checked"
        raise DurabilityError(message) from error
    if config.get("appendonly") != "yes" or config.get("appendfsync") != "always":
        message = "Redis must run with appendonly yes and appendfsync always: an acknowledged batch must be on disk"
        raise DurabilityError(message)
    if config.get("maxmemory-policy") != "noeviction":
        raise DurabilityError("Redis must run with maxmemory-policy noeviction: it holds what is not yet written")
    return "waitaof" in client.command()
