"""Consumers that sleep until a publisher wakes them.

Dramatiq's Redis consumer polls. Polling often enough for a waiting client costs an idle writer a tenth of a core and
Redis hundreds of fsyncs a second; here each publisher says that there is something to fetch, and polling is only the
net below.
"""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import redis
import structlog
from dramatiq.broker import Consumer, MessageProxy

from libs.broker.arrivals import Arrivals
from libs.telemetry.process.vital import vital_thread

log = structlog.get_logger()

POLL_S = 0.25
LISTEN_S = 1.0
"""How long the listener outlives the last consumer at most."""
RECONNECT_S = 0.5
NOW = "now"
"""Behind the name of a queue: somebody waits for what is published there."""


class Sleeper(threading.Event):
    """Set whenever somebody publishes into a queue."""

    def __init__(self, queue_name: str) -> None:
        super().__init__()
        self.queue_name = queue_name
        self.hurry = threading.Event()
        """Set as well where somebody waits for what is published."""


class Bell:
    """Hears the publishers of a namespace and wakes the consumers of this process, as long as there are any."""

    def __init__(self, client: redis.Redis, channel: str) -> None:
        self._client = client
        self._channel = channel
        self._sleepers: set[Sleeper] = set()
        self._listening = False
        self._lock = threading.Lock()

    def sleeper(self, queue_name: str) -> Sleeper:
        """An event that is set whenever somebody publishes into this queue."""
        sleeper = Sleeper(queue_name)
        with self._lock:
            self._sleepers.add(sleeper)
            if not self._listening:
                self._listening = True
                vital_thread("bell", self._listen).start()
        return sleeper

    def forget(self, sleeper: Sleeper) -> None:
        """Wake this one no more; may be called twice."""
        with self._lock:
            self._sleepers.discard(sleeper)

    def ring(self, what: str, client: Any = None) -> None:
        """Tell every writer that there is something to fetch from this queue; by this client, or pipeline.

        With ` now` behind its name somebody waits for that.
        """
        (self._client if client is None else client).publish(self._channel, what)

    def _listen(self) -> None:
        while self._wanted():
            try:
                with self._client.pubsub(ignore_subscribe_messages=True) as channel:
                    channel.subscribe(self._channel)
                    while self._sleepers:
                        if (message := channel.get_message(timeout=LISTEN_S)) is not None:
                            self._wake(message["data"])
            except Exception as error:  # whatever it is: without this thread every message waits for the next poll
                if self._sleepers:
                    log.warning("bell_interrupted", exc_info=error)
                    time.sleep(RECONNECT_S)

    def _wanted(self) -> bool:
        with self._lock:
            self._listening = bool(self._sleepers)
            return self._listening

    def _wake(self, ring: bytes) -> None:
        queue_name, _, when = ring.decode().partition(" ")
        with self._lock:
            for sleeper in self._sleepers:
                if sleeper.queue_name == queue_name:
                    if when == NOW:
                        sleeper.hurry.set()
                    sleeper.set()


class WakingConsumer(Consumer):
    """Wraps a Redis consumer that never sleeps long itself."""

    def __init__(self, inner: Any, queue_name: str, bell: Bell, ahead: Callable[[str], int]) -> None:
        self._inner = inner
        self._queue_name = queue_name
        self._bell = bell
        self._prefetch = inner.prefetch
        self._ahead = ahead
        self._wake = bell.sleeper(queue_name)
        self._nothing_waits = False
        self._arrivals = Arrivals()

    def __next__(self) -> MessageProxy | None:
        """A message, or None after a while; raises ConnectionClosed as the wrapped consumer does.

        Whatever a message says, its queue is this one: Dramatiq acknowledges it to the consumer of the queue it names,
        and this consumer fetches nothing more once too many of its own seem to be under way.
        """
        self._wake.clear()
        self._wake.hurry.clear()
        self._nothing_waits = False
        self._inner.prefetch = self._prefetch + self._ahead(self._queue_name)
        has_room = self._inner.outstanding_message_count < self._inner.prefetch
        message: MessageProxy | None = next(self._inner)
        if message is None:
            self._nothing_waits = has_room
            if self._wake.wait(POLL_S) and has_room and self._ahead(self._queue_name):
                self._let_more_come()
            return None
        self._arrivals.note()
        if message.queue_name != self._queue_name:
            message = MessageProxy(message.copy(queue_name=self._queue_name))
        return message

    def _let_more_come(self) -> None:
        """Where small jobs come one upon the other, wait a moment: what comes together is done together."""
        least, most = self._arrivals.rest_s()
        time.sleep(least)
        self._wake.hurry.wait(most - least)

    def ack(self, message: MessageProxy) -> None:
        """Done with a message: there is room to fetch another."""
        self._inner.ack(message)
        self._look_again()

    def nack(self, message: MessageProxy) -> None:
        """Move a message to the dead-letter queue."""
        self._inner.nack(message)
        self._look_again()

    def _look_again(self) -> None:
        """Wake up, unless the last look found nothing: who publishes rings, and a look costs Redis a write."""
        if not self._nothing_waits:
            self._wake.set()

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Give messages back."""
        self._inner.requeue(messages)

    def close(self) -> None:
        """Stop; Dramatiq calls this twice after an error."""
        self._bell.forget(self._wake)
        self._inner.close()
