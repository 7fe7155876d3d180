"""Whose turn it is in a writer or a processor: lanes are weights, not an order (ADR 0014).

Dramatiq serves what a process has fetched by the priority of its actor, and so the lanes above first, for as long as
anybody fills them. Here each lane has its part of the turns.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from queue import PriorityQueue
from typing import Any

import dramatiq

from libs.broker.factory import LaneBroker


class Turns(PriorityQueue[Any]):
    """The messages that a process has fetched, taken by the weights of their lanes; in a lane, in the order of coming.

    A lane's clock moves by the inverse of its weight with each of its messages, and the lane that is furthest behind is
    next. One that was empty joins at the present: it has saved nothing up.
    """

    def __init__(self, weights: Mapping[str, int]) -> None:
        self._weights = weights
        super().__init__()

    def _init(self, maxsize: int) -> None:
        self._fetched: dict[str, deque[Any]] = {lane: deque() for lane in self._weights}
        self._clocks = dict.fromkeys(self._fetched, 0.0)
        self._present = 0.0

    def _qsize(self) -> int:
        return sum(map(len, self._fetched.values()))

    def _put(self, item: Any) -> None:
        lane = item.message.queue_name
        if not self._fetched[lane]:
            self._clocks[lane] = max(self._clocks[lane], self._present)
        self._fetched[lane].append(item)

    def _get(self) -> Any:
        lane = min((lane for lane in self._weights if self._fetched[lane]), key=self._clocks.__getitem__)
        self._present = self._clocks[lane]
        self._clocks[lane] += 1 / self._weights[lane]
        return self._fetched[lane].popleft()

    def take_along(self, lane: str, most: int, wanted: Callable[[Any], bool]) -> list[Any]:
        """What waits next in a lane, as far as its messages are wanted; each has had its turn then. Never waits."""
        with self.mutex:
            waiting = self._fetched[lane]
            taken: list[Any] = []
            while waiting and len(taken) < most and wanted(waiting[0].message):
                taken.append(waiting.popleft())
            self._clocks[lane] += len(taken) / self._weights[lane]
        return taken

    def give_back(self, lane: str, items: Sequence[Any]) -> None:
        """Have items be the next of their lane again, in their order, as if they had not been taken."""
        with self.mutex:
            self._fetched[lane].extendleft(reversed(items))
            self._clocks[lane] -= len(items) / self._weights[lane]
            self.not_empty.notify(len(items))


def build_worker(broker: LaneBroker, threads: int, **options: Any) -> dramatiq.Worker:
    """A Dramatiq worker that gives each lane its turns; not started."""
    worker = dramatiq.Worker(broker, worker_threads=threads, **options)
    worker.work_queue = Turns(broker.weights)
    return worker
