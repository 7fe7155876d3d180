"""Runs the programs of a stack and starts again what dies, as a supervisor in production does.

The stack's own supervisor is left out, because the faults hit everything else and the runner must know what died.
"""

import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Self

from deploy.local.errors import StackError
from deploy.local.supervision.process import Process, Program
from deploy.local.supervision.stopping import end

RESTART_AFTER_S = 0.4
TICK_S = 0.05


class Runner:
    """Programs by name. All methods belong to the main thread: children die with the thread that starts them."""

    def __init__(self) -> None:
        self._processes: dict[str, Process] = {}
        self._down_since: dict[str, float] = {}
        self._held: set[str] = set()
        self._pause = threading.Event()
        self.deaths: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.resume_all()
        end(self._processes.values())

    def add(self, programs: Iterable[Program], timeout: float = 120.0) -> None:
        """Start programs together and return when all are ready. Raises StackError."""
        fresh = [Process(program) for program in programs]
        for process in fresh:
            self._processes[process.program.name] = process
            process.start()
        for process in fresh:
            process.wait_ready(timeout)

    def look_after(self) -> None:
        """Start again what has died, a moment after its death, unless it is held down."""
        now = time.monotonic()
        for name, process in self._processes.items():
            if process.alive:
                self._down_since.pop(name, None)
            elif name not in self._down_since:
                self.deaths[name] += 1
                self._down_since[name] = now
            elif name not in self._held and now - self._down_since[name] >= RESTART_AFTER_S:
                self._down_since[name] = now
                with suppress(StackError, OSError):  # the next look tries again
                    process.start()

    def watch_until(self, moment: float) -> None:
        """Look after the programs until this moment (`time.monotonic()`)."""
        while time.monotonic() < moment:
            self.look_after()
            self._pause.wait(TICK_S)

    def wait_ready(self, timeout: float) -> float:
        """Seconds until all programs run and serve. Raises AssertionError when the time is over."""
        started = time.monotonic()
        while not all(process.alive and process.program.ready() for process in self._processes.values()):
            assert time.monotonic() - started < timeout, f"not ready within {timeout:g} s: {self.states()}"
            self.look_after()
            self._pause.wait(TICK_S)
        return time.monotonic() - started

    def states(self) -> dict[str, str]:
        """What each program does, for messages."""
        return {
            name: "dead" if not process.alive else "ready" if process.program.ready() else "not ready"
            for name, process in self._processes.items()
        }

    def names(self) -> list[str]:
        """The programs, in the order of their start."""
        return list(self._processes)

    def logs(self) -> list[Path]:
        """What the programs have printed."""
        return [process.program.log for process in self._processes.values()]

    def pid(self, name: str) -> int:
        """The process id of a program; 0 while it is dead."""
        process = self._processes[name]
        return process.pid if process.alive else 0

    def send(self, name: str, number: signal.Signals) -> bool:
        """Signal a program; whether it was there."""
        return send(self.pid(name), number)

    def hold_down(self, name: str) -> None:
        """Do not start a program again when it dies."""
        self._held.add(name)

    def let_up(self, name: str) -> None:
        """Start it again."""
        self._held.discard(name)

    def resume_all(self) -> None:
        """Have everything that was stopped run again, children and grandchildren too."""
        self._held.clear()
        for process in self._processes.values():
            if process.alive:
                for pid in (process.pid, *children(process.pid)):
                    send(pid, signal.SIGCONT)


def send(pid: int, number: signal.Signals) -> bool:
    """Signal a process that may be gone; whether it was there."""
    if not pid:
        return False
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def children(pid: int) -> list[int]:
    """The children of a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = re.sub(r".*\)", "", stat.read_text(), flags=re.DOTALL).split()[1]
            if int(parent) == pid:
                found.append(int(stat.parent.name))
    return sorted(found)
