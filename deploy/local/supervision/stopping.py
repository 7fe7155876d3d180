"""An orderly end: who stops first, who is waited for, and what happens when someone does not go."""

import itertools
import math
import signal
import time
from collections.abc import Callable, Iterable

from deploy.local.supervision.process import POLL, Process

HURRY_PATIENCE = 5.0
AWAKE = (signal.SIGCONT, 0.1)
"""One that was stopped has to run again first: a signal that waits for a stopped process goes to any thread of it, and
Python acts on signals in the main thread alone."""


class _Ending:
    """The signals that one process still gets, each when the patience with the one before is over."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self._steps = iter((AWAKE, *process.program.stop, (signal.SIGKILL, math.inf)))
        self._due = 0.0

    def hurry(self) -> None:
        """Skip what is left of the courtesies."""
        self._steps = iter(((self.process.program.death_signal, HURRY_PATIENCE), (signal.SIGKILL, math.inf)))
        self._due = 0.0

    def goes_on(self) -> bool:
        """Send what is due; whether the process is still there."""
        if self.process.alive and time.monotonic() >= self._due:
            number, patience = next(self._steps)
            self._due = time.monotonic() + patience
            self.process.send(number)
        return self.process.alive


def end(processes: Iterable[Process], hurried: Callable[[], bool] = lambda: False) -> None:
    """End processes by their stop order, equal ones together; as soon as `hurried` is true, without courtesies."""
    ordered = sorted(processes, key=lambda process: process.program.stop_order)
    for _, together in itertools.groupby(ordered, key=lambda process: process.program.stop_order):
        _end_together([_Ending(process) for process in together], hurried)


def _end_together(endings: list[_Ending], hurried: Callable[[], bool]) -> None:
    hurrying = False
    there = endings
    while there := [ending for ending in there if ending.goes_on()]:
        if hurried() and not hurrying:
            hurrying = True
            for ending in there:
                ending.hurry()
        time.sleep(POLL)
    for ending in endings:
        ending.process.let_go()
