"""Round trips that threads share: what comes while one is under way goes together in the next.

A store that has everything on its disk before it answers is asked for many at once for little more than for one, and a
thread that waits for another costs less than one that asks for itself.
"""

import copy
import threading
from collections.abc import Callable, Sequence
from typing import Any

from libs.jobs.scripts import Call

MOST = 32
"""Calls of one round trip: the server does nothing else meanwhile."""


class _Waiting:
    """A thread's call: it waits for its answer, or for its turn to go for the answers of all."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.answer: Any = None
        self.leads = False
        self.woken = threading.Lock()
        self.woken.acquire()


class GroupCommit:
    """Sends calls by `run`, which has the answer of each, or its error, and raises what is an error of all."""

    def __init__(self, run: Callable[[Sequence[Call]], Sequence[Any]]) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._under_way = False

    def ask(self, call: Call, *, alone: bool = False) -> Any:
        """The answer of a call; who is `alone` waits for nobody, and nobody for it.

        Raises its error, or what the round trip has failed by: nobody knows then what was done.
        """
        answer = self._run([call])[0] if alone else self._together(call)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _together(self, call: Call) -> Any:
        mine = _Waiting(call)
        with self._lock:
            self._waiting.append(mine)
            mine.leads, self._under_way = not self._under_way, True
        if not mine.leads:
            mine.woken.acquire()
        if mine.leads:
            self._lead()
        return mine.answer

    def _lead(self) -> None:
        """Go for the first of those that wait, the caller's own before all; then whoever is the next to go, goes."""
        with self._lock:
            some, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            answers = self._run([each.call for each in some])
        except BaseException as error:  # noqa: BLE001 -- whatever it is, each that waits gets it
            with self._lock:  # those that have not gone, too: to fail one after the other takes as long for each
                some, self._waiting = some + self._waiting, []
            answers = [copy.copy(error) for _ in some]
        with self._lock:
            following = self._waiting[0] if self._waiting else None
            self._under_way = following is not None
        if following:
            following.leads = True
            following.woken.release()
        for each, answer in zip(some, answers, strict=True):
            each.answer = answer
            each.woken.release()
