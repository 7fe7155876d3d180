"""Consumers that sleep until a publisher wakes them.

Dramatiq's Redis consumer polls. Polling often enough for a waiting client costs an idle writer a tenth of a core and
Redis hundreds of fsyncs a second; here each publisher says that there is something to fetch, and polling is only the
net below.
"""

import threading
import time
from collections.abc import Iterable
from typing import Any

import redis
import structlog
from dramatiq.broker import Consumer, MessageProxy

log = structlog.get_logger()

POLL_S = 0.25
RECONNECT_S = 0.5


class Bell:
    """Hears the publishers of a namespace and wakes the consumers of this process."""

    def __init__(self, client: redis.Redis, channel: str) -> None:
        self._client = client
        self._channel = channel
        self._sleepers: list[threading.Event] = []
        self._started = False
        self._lock = threading.Lock()

    def sleeper(self) -> threading.Event:
        """An event that is set whenever somebody publishes."""
        event = threading.Event()
        with self._lock:
            self._sleepers.append(event)
            if not self._started:
                self._started = True
                threading.Thread(target=self._listen, name="bell", daemon=True).start()
        return event

    def forget(self, event: threading.Event) -> None:
        """Wake this one no more."""
        with self._lock:
            self._sleepers.remove(event)

    def ring(self) -> None:
        """Tell every writer that there is something to fetch."""
        self._client.publish(self._channel, b"")

    def _listen(self) -> None:
        while True:
            try:
                with self._client.pubsub(ignore_subscribe_messages=True) as channel:
                    channel.subscribe(self._channel)
                    while True:
                        if channel.get_message(timeout=5.0) is not None:
                            self._wake()
            except redis.RedisError as error:
                log.warning("bell_interrupted", exc_info=error)
                time.sleep(RECONNECT_S)

    def _wake(self) -> None:
        with self._lock:
            for event in self._sleepers:
                event.set()


class WakingConsumer(Consumer):
    """Wraps a Redis consumer that never sleeps long itself."""

    def __init__(self, inner: Any, bell: Bell) -> None:
        self._inner = inner
        self._bell = bell
        self._wake = bell.sleeper()

    def __next__(self) -> MessageProxy | None:
        """A message, or None after a while; raises ConnectionClosed as the wrapped consumer does."""
        self._wake.clear()
        message: MessageProxy | None = next(self._inner)
        if message is None:
            self._wake.wait(POLL_S)
        return message

    def ack(self, message: MessageProxy) -> None:
        """Done with a message: there is room to fetch another."""
        self._inner.ack(message)
        self._wake.set()

    def nack(self, message: MessageProxy) -> None:
        """Move a message to the dead-letter queue."""
        self._inner.nack(message)
        self._wake.set()

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Give messages back."""
        self._inner.requeue(messages)

    def close(self) -> None:
        """Stop."""
        self._bell.forget(self._wake)
        self._inner.close()
