"""What every service asks of its stores before it starts, and `sluice config check` without starting."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import psycopg
import redis
import structlog

from libs.boot.installation import UnknownInstallationError
from libs.database.server.fitness import fit_session
from libs.database.server.session import Connection, Role, reason_of
from libs.jobs.server.connection import connect
from libs.jobs.server.fitness import UnfitRedisError, check_fitness
from libs.jobs.server.places import place_of
from libs.jobs.server.trust import distrust

log = structlog.get_logger()

POSTGRES_S = 6.0
"""PostgreSQL may be away when a service starts; more than this is not spent on finding out."""
REPLANTED_S = 12.0
"""A writer that runs finds within some 5 s that Redis has lost everything, and plants the installation's id again."""
POLL_S = 0.5


def check_redis(redis_url: str, namespace: str, stated: str = "", replicas: int | None = None) -> None:
    """Have Redis found fit; whether it keeps what it confirms is another question, which each connection asks.

    Whoever acknowledges says how many `replicas` have what it has acknowledged: where another server may take over, one
    must. Raises ValueError that names what to mend, redis.RedisError.
    """
    if replicas == 0 and place_of(redis_url):
        raise UnfitRedisError("REDIS_REPLICAS")
    try:
        with connect(redis_url, namespace=namespace, durable=False) as client:
            check_fitness(client, namespace, stated)
    except redis.ConnectionError as error:
        if redis_url.startswith("rediss") and (reason := distrust(error)):
            raise UnfitRedisError("REDIS_TLS", reason=reason) from error
        raise


def check_database(database_url: str, roles: Sequence[Role], installation: Callable[[Connection], None]) -> None:
    """Have a session of each role found fit and the installation checked in it.

    Raises ValueError that names what to mend, psycopg.OperationalError, redis.RedisError.
    """
    for role in roles:
        with fit_session(database_url, role) as connection:
            installation(connection)


def check_at_boot(database_url: str, roles: Sequence[Role], installation: Callable[[Connection], None]) -> None:
    """The same for a service that starts: it starts without PostgreSQL too, but on no wrong one.

    Raises ValueError, redis.RedisError.
    """
    until = time.monotonic() + REPLANTED_S
    while True:
        try:
            _within(POSTGRES_S, lambda: check_database(database_url, roles, installation))
        except UnknownInstallationError:
            if time.monotonic() >= until:
                raise
            time.sleep(POLL_S)
        except (psycopg.Error, TimeoutError) as error:  # away, or read-only for now
            reason = reason_of(error) if isinstance(error, psycopg.Error) else "time-out"
            log.warning("postgres_away_at_boot", reason=reason)
            return
        else:
            return


def _within(seconds: float, check: Callable[[], None]) -> None:
    """Run a check in a thread that is left behind if it takes too long; raises what it raises, or TimeoutError.

    A server that has gone silent in the middle of an answer is noticed by the wire only, after a quarter of a minute.
    """
    done: Future[None] = Future()

    def run() -> None:
        try:
            check()
            done.set_result(None)
        except BaseException as error:  # noqa: BLE001 -- whatever it is, the caller gets it
            done.set_exception(error)

    threading.Thread(target=run, name="boot-check", daemon=True).start()
    done.result(seconds)
