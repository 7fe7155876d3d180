"""The one subscription of a process to what Redis tells of jobs. What is lost on the way, `feed` finds by looking."""

import asyncio
import contextlib
import uuid
from collections.abc import Callable
from typing import Any

import msgspec
import redis
import redis.asyncio
import structlog
from msgspec import Struct
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from libs.jobs.keys import Keys
from libs.jobs.server.connection import CONNECT_TIMEOUT_S, SOCKET_TIMEOUT_S, primary_address

log = structlog.get_logger()

RECONNECT_S = 0.5
LOOK_S = 5.0
"""How long one read of the connection takes at most, so that one which has died in silence is noticed."""


class Event(Struct, frozen=True):
    """What is read of a message, whoever sent it: a script about a batch, or a processor about a task."""

    job_id: uuid.UUID


class Subscription:
    """Listens for the tenants that somebody watches.

    `told` is called for each message, `gap` whenever messages may have been lost.
    """

    def __init__(
        self, redis_url: str, namespace: str, told: Callable[[uuid.UUID, uuid.UUID], None], gap: Callable[[], None]
    ) -> None:
        self._url = redis_url
        self._namespace, self._keys = namespace, Keys(namespace)
        self._told, self._gap = told, gap
        self._tenants: dict[bytes, uuid.UUID] = {}
        self._pubsub: Any = None

    async def watch(self, tenant_id: uuid.UUID) -> None:
        """Hear of this tenant's jobs; from now on, or from when Redis answers again."""
        channel = self._keys.events(tenant_id)
        self._tenants[channel.encode()] = tenant_id
        if self._pubsub is not None:
            with contextlib.suppress(redis.RedisError):  # `run` meets the same error, and begins again
                await self._pubsub.subscribe(channel)

    async def leave(self, tenant_id: uuid.UUID) -> None:
        """Hear no more of it."""
        channel = self._keys.events(tenant_id)
        self._tenants.pop(channel.encode(), None)
        if self._pubsub is not None:
            with contextlib.suppress(redis.RedisError):
                await self._pubsub.unsubscribe(channel)

    async def run(self) -> None:
        """Listen, for ever."""
        while True:
            try:
                await self._listen()
            except (redis.RedisError, OSError) as error:
                log.warning("events_interrupted", exc_info=error)
            except Exception:  # whatever it is: without this nothing moves for anybody
                log.exception("events_interrupted")
            self._pubsub = None
            await asyncio.sleep(RECONNECT_S)

    async def _listen(self) -> None:
        address = await asyncio.to_thread(primary_address, self._url, self._namespace)
        client = redis.asyncio.Redis.from_url(
            address, socket_connect_timeout=CONNECT_TIMEOUT_S, socket_timeout=SOCKET_TIMEOUT_S, socket_keepalive=True,
            retry=Retry(NoBackoff(), 0),  # a connection that is made again in silence has lost messages
        )  # fmt: skip
        async with client, client.pubsub() as pubsub:
            await pubsub.connect()
            self._pubsub = pubsub  # who comes from here on subscribes by himself; who came before is among these
            await pubsub.subscribe(self._keys.console, *(channel.decode() for channel in self._tenants))
            self._gap()
            await self._hear_all(pubsub)

    async def _hear_all(self, pubsub: Any) -> None:
        asked = False
        while True:
            message = await pubsub.get_message(timeout=LOOK_S)
            if message is not None:
                asked = False
                self._hear(message)
            elif asked:
                raise redis.ConnectionError("the connection is silent")
            else:
                asked = True
                await pubsub.ping()

    def _hear(self, message: dict[str, Any]) -> None:
        tenant_id = self._tenants.get(message["channel"])
        if tenant_id is not None and message["type"] == "message":
            with contextlib.suppress(msgspec.MsgspecError):  # what nobody can read tells of no job
                self._told(tenant_id, msgspec.json.decode(message["data"], type=Event).job_id)
