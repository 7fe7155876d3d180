"""The Redis client, and what the server must promise before anything is acknowledged."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import redis
import structlog
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.retry import Retry
from redis.utils import str_if_bytes

from libs.contracts.texts import said
from libs.jobs.server.address import current_address, login_of, require_address
from libs.jobs.server.finding import Finder, FoundConnection, FoundSSLConnection, require_primary
from libs.jobs.server.places import Place, place_of
from libs.jobs.server.stated import PROMISES, answer, read_stated, seen_otherwise

log = structlog.get_logger()

CONNECT_TIMEOUT_S = 2.0
SOCKET_TIMEOUT_S = 5.0
Greeting: TypeAlias = Callable[[Any], None]


class DurabilityError(redis.ConnectionError):
    """The server may lose what it has confirmed; the message names the setting to change."""


def connect(
    url: str, *, namespace: str = "", max_connections: int = 256, durable: bool = True, stated: str = ""
) -> redis.Redis:
    """A pooled client with short timeouts.

    One immediate retry covers a pooled connection that a restart of the server has closed: every script may be run
    twice. redis-py's own defaults (10 retries) would hold a request far beyond its client's patience. Raises ValueError
    for an address that cannot be read.

    Each new connection looks at the server's settings again, because another server may have come to the address;
    unless `durable` is given up, commands raise DurabilityError where it may lose what it confirms. What is `stated`
    counts where the server does not show its settings (`libs.jobs.server.stated`). Each has the login of its time
    (`libs.filed`). At an address that fails over each goes to the primary of then, which has the keys of the
    `namespace` (`libs.jobs.server.finding`).
    """
    require_address(url)
    looks = [partial(_look, read_stated(stated))] if durable else []
    settings: dict[str, Any] = {
        "socket_connect_timeout": CONNECT_TIMEOUT_S, "socket_timeout": SOCKET_TIMEOUT_S, "socket_keepalive": True,
        "retry": Retry(NoBackoff(), 1), "max_connections": max_connections,
    }  # fmt: skip
    place = place_of(url)
    if place is None:
        return redis.Redis.from_url(url, redis_connect_func=partial(_greet, url, looks), **settings)
    greeting = partial(_greet, url, [require_primary, *looks])
    return redis.Redis.from_pool(_found(place, Finder(url, namespace), greeting, settings))


def primary_address(url: str, namespace: str) -> str:
    """The plain address of the server that is the primary now. Raises redis.ConnectionError."""
    now = current_address(url)
    place = place_of(now)
    return now if place is None else place.address(Finder(url, namespace).find())


def still_primary(client: redis.Redis) -> bool:
    """Whether the server whose answer this thread has had last is the primary still; at a plain address it is."""
    finder = client.connection_pool.connection_kwargs.get("finder")
    return finder is None or finder.confirms()


def _found(place: Place, finder: Finder, greeting: Greeting, settings: dict[str, Any]) -> redis.ConnectionPool:
    options = {**parse_url(place.address(place.nodes[0])), **settings}
    options["connection_class"] = FoundSSLConnection if place.scheme == "rediss" else FoundConnection
    return redis.ConnectionPool(finder=finder, redis_connect_func=greeting, **options)


def check_durability(client: redis.Redis, stated: str = "") -> bool:
    """Check at boot that a confirmed write is a stored write.

    Returns whether the server has WAITAOF (Redis 7.2+, Valkey). Raises DurabilityError where `appendfsync always` is
    not set, or cannot be read and was not stated, or keys may be evicted.
    """
    pool = client.connection_pool
    connection = pool.get_connection()
    try:
        _look(read_stated(stated), connection)
    finally:
        pool.release(connection)
    return "waitaof" in client.command()


def _greet(url: str, looks: Sequence[Greeting], connection: Any) -> None:
    """Begin a connection: redis-py's own greeting, and then a round trip for each thing that is to be known of it."""
    connection.username, connection.password = login_of(current_address(url))
    try:
        connection.on_connect()
    except redis.ConnectionError as error:  # too many clients, another password: of these a log has the type alone
        log.warning("redis_lets_nobody_in", reason=str(error))
        raise
    for look in looks:
        look(connection)


def _look(stated: Mapping[str, str], connection: Any) -> None:
    # One name a command: servers before 7.0 take no more.
    connection.send_packed_command(connection.pack_commands([("CONFIG", "GET", name) for name in PROMISES]))
    answers = [answer(connection) for _ in PROMISES]
    refusal = next((each for each in answers if isinstance(each, redis.ResponseError)), None)
    _require(_read(answers) if refusal is None else _instead(stated, connection, refusal))


def _read(answers: list[Any]) -> dict[str, str]:
    """Each a map, or a list where the server speaks RESP 2; empty for a setting that it does not have."""
    values = [list(each.values()) if isinstance(each, dict) else each[1:] for each in answers]
    return {name: str_if_bytes(found[0]) for name, found in zip(PROMISES, values, strict=True) if found}


def _instead(stated: Mapping[str, str], connection: Any, refusal: redis.ResponseError) -> Mapping[str, str]:
    """What is stated, unless the server can be seen to be otherwise."""
    if not stated:
        raise DurabilityError(said("REDIS_UNSEEN")) from refusal
    try:
        return {**stated, **seen_otherwise(connection)}
    except redis.ResponseError as error:
        raise DurabilityError(said("REDIS_UNPROVEN")) from error


def _require(config: Mapping[str, str]) -> None:
    if config.get("appendonly") != "yes" or config.get("appendfsync") != "always":
        raise DurabilityError(said("REDIS_NOT_DURABLE"))
    if config.get("maxmemory-policy") != "noeviction":
        raise DurabilityError(said("REDIS_EVICTS"))
