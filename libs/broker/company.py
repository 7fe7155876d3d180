"""What waits beside a message is taken along with it, where a thread can do several at once for less.

It is taken from what the process has fetched of the same lane, and never waited for: who is alone goes alone. Each
message has its turn (ADR 0014), is acknowledged once it is done, and goes back to its place where it is not begun.
"""

import time
from collections.abc import Sequence
from typing import Any

import dramatiq
import redis

from libs.broker.factory import LaneBroker
from libs.broker.turns import Turns
from libs.contracts.chunks import END_OF_JOB
from libs.contracts.jobs import Lane
from libs.contracts.queues import actor_name

FEW, MANY = 2, 32
"""Messages that a thread has in hand at once: at first, and once they have turned out to be such as go together."""
MOST_RECORDS = 4_000
"""As many messages as have about so many records: the other threads and writers are to have some, too."""
REMEMBERED_S = 1.0
"""For so long after the last of them. Until then, the process fetches as many for each of its threads."""
RESTS = 3
"""So many messages go alone after one that goes with no other: asking is for nothing where large chunks come."""


class Company:
    """Takes messages along; used by all threads of a worker."""

    def __init__(self, worker: dramatiq.Worker, broker: LaneBroker) -> None:
        assert isinstance(worker.work_queue, Turns)
        self._worker = worker
        self._broker = broker
        self._waiting: Turns = worker.work_queue
        self._sizes: dict[str, tuple[int, float]] = {}
        self._rests: dict[str, int] = {}
        broker.ahead = self._ahead

    def take(self, lane: Lane) -> list[Any]:
        """What waits next in the lane of the message that this thread has, if it points to chunks."""
        if rests := self._rests.get(lane, 0):
            self._rests[lane] = rests - 1
            return []
        wanted = actor_name(lane)

        def is_chunk(message: Any) -> bool:
            return bool(message.actor_name == wanted and str(END_OF_JOB) not in map(str, message.args))

        return self._waiting.take_along(lane, self._size(lane) - 1, is_chunk)

    def done(self, lane: Lane, items: Sequence[Any]) -> None:
        """Acknowledge what was taken along, as Dramatiq does with the message that it has given."""
        if not items:
            return
        thread = self._worker.consumers[lane]
        messages = [item.message for item in items]
        try:
            self._broker.acknowledge(thread.consumer, messages)
        except redis.RedisError:  # Redis is away, or a new one; this tries each for as long as it takes
            for message in messages:
                thread.post_process_message(message)
        for _ in messages:
            self._waiting.task_done()

    def give_back(self, lane: Lane, items: Sequence[Any]) -> None:
        """Leave what has not been begun to whoever is next."""
        self._waiting.give_back(lane, items)

    def rest(self, lane: Lane) -> None:
        """Take nothing along for a few messages."""
        self._rests[lane] = RESTS

    def learn(self, lane: Lane, records: Sequence[int]) -> None:
        """Take more along the next time, by how many records those had that went together; few where not all did."""
        room = MOST_RECORDS * len(records) // sum(records) if records else 0
        self._sizes[lane] = (max(FEW, min(2 * self._size(lane), MANY, room)), time.monotonic() + REMEMBERED_S)

    def _size(self, lane: str) -> int:
        size, until = self._sizes.get(lane, (FEW, 0.0))
        return size if time.monotonic() < until else FEW

    def _ahead(self, lane: str) -> int:
        size = self._size(lane)
        return size * self._worker.worker_threads if size > FEW else 0
