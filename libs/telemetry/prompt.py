"""Asks something that may never answer, and waits no longer than whoever wants to know."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from msgspec import Struct

BUDGET_S = 1.0
"""A scrape, or a probe, has a few seconds in all."""

Answer = TypeVar("Answer")


class Told(Struct, Generic[Answer], frozen=True):
    """What is known of the answer."""

    answer: Answer | None
    """The last one that came."""
    age_s: float
    """How old it is; since the beginning, where none has come."""
    fresh: bool
    """Whether it came in time; else the question failed, or is not answered yet."""


class Prompt(Generic[Answer]):
    """One question, asked by a thread of its own, one time after the other: who is silent holds one thread.

    All who want to know at the same time share an answer. An error of the question is no answer.
    """

    def __init__(self, name: str, ask: Callable[[], Answer], *, budget_s: float = BUDGET_S) -> None:
        self._name = name
        self._ask = ask
        self._budget_s = budget_s
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._wanted = False
        self._asked = 0
        """How often the question has come to an end."""
        self._well = False
        self._answer: Answer | None = None
        self._at = time.monotonic()

    def read(self) -> Told[Answer]:
        """The answer, new where it comes within the budget."""
        with self._changed:
            self._begin()
            before = self._asked
            in_time = self._changed.wait_for(lambda: self._asked > before, timeout=self._budget_s)
            return Told(self._answer, time.monotonic() - self._at, in_time and self._well)

    def _begin(self) -> None:
        self._wanted = True
        self._changed.notify_all()
        if self._thread is None:  # not before: processes fork
            self._thread = threading.Thread(name=self._name, target=self._run, daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted)
                self._wanted = False
            try:
                answer = self._ask()
            except Exception:  # noqa: BLE001 -- whatever it is, whoever asks is told that there is no answer
                self._note(well=False, answer=None)
            else:
                self._note(well=True, answer=answer)

    def _note(self, *, well: bool, answer: Answer | None) -> None:
        with self._changed:
            self._asked += 1
            self._well = well
            if well:
                self._answer, self._at = answer, time.monotonic()
            self._changed.notify_all()
