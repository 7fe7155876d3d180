"""Keeps the programs of a stack running until somebody asks for the end."""

import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

from deploy.local.errors import StackError
from deploy.local.supervision.process import Process, Program
from deploy.local.supervision.stopping import end
from libs.contracts.texts import said

POLL = 0.1
START_TIMEOUT = 120.0
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
STEADY = 5.0
"""Seconds after which a program that dies is restarted as promptly as the first time."""
FATAL_DEATHS = 3
"""Deaths of one program before it was ever ready that end the start."""

Tell = Callable[[str], None]
"""Takes a sentence of the catalogue about what happens."""


class StopRequestedError(Exception):
    """Somebody asked for the end while the stack was starting."""


class _Child:
    """A process and what is known about its deaths."""

    def __init__(self, program: Program) -> None:
        self.process = Process(program)
        self.deaths = 0
        self.ready = False
        self._started = 0.0
        self._due: float | None = None

    def start(self) -> None:
        self._due = None
        self._started = time.monotonic()
        self.process.start()

    def is_ready(self) -> bool:
        """Whether the program has been ready once."""
        self.ready = self.ready or (self.process.alive and self.process.program.ready())
        return self.ready

    def note_death(self, now: float) -> float:
        """Plan the restart; the pause in seconds."""
        self.deaths = 1 if now - self._started > STEADY else self.deaths + 1
        pause = float(min(FIRST_PAUSE * 2 ** (self.deaths - 1), LONGEST_PAUSE))
        self._due = now + pause
        return pause

    @property
    def waiting(self) -> bool:
        return self._due is not None

    def due(self, now: float) -> bool:
        return self._due is not None and now >= self._due


class Supervisor:
    """Starts programs, restarts those that die, ends them in order.

    All methods belong to the main thread. `changed` is called when a program has a new process id.
    """

    def __init__(self, tell: Tell, changed: Callable[[], None]) -> None:
        self._tell = tell
        self._changed = changed
        self._children: list[_Child] = []
        self._requests = 0

    @property
    def pids(self) -> dict[str, int]:
        """The process id of each program by its name."""
        return {child.process.program.name: child.process.pid for child in self._children}

    @property
    def stopping(self) -> bool:
        """Whether the end was asked for; safe to ask from any thread."""
        return self._requests > 0

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Take SIGTERM, Ctrl-C and a closed terminal as a request for the end; a second one hurries."""
        numbers = [signal.SIGTERM, signal.SIGINT]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup wants the stack to outlive the terminal
            numbers.append(signal.SIGHUP)
        before = {number: signal.signal(number, self._request) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def bring_up(self, programs: Iterable[Program], timeout: float = START_TIMEOUT) -> None:
        """Start programs together and return when all are ready.

        Raises StackError if one keeps dying or is not ready in `timeout` seconds, StopRequestedError if asked to stop.
        """
        fresh = [_Child(program) for program in programs]
        self._children += fresh
        for child in fresh:
            child.start()
        deadline = time.monotonic() + timeout
        while not all(child.is_ready() for child in fresh):
            if self.stopping:
                raise StopRequestedError
            for child in fresh:
                if not child.ready and (child.deaths >= FATAL_DEATHS or time.monotonic() > deadline):
                    raise child.process.not_started()
            self._look_after()
            time.sleep(POLL)

    def watch(self) -> None:
        """Restart what dies, until the end is asked for."""
        while not self.stopping:
            self._look_after()
            time.sleep(POLL)

    def shut_down(self) -> None:
        """End all programs, each group when the one before is gone."""
        end((child.process for child in self._children), lambda: self._requests > 1)

    def _request(self, _number: int, _frame: FrameType | None) -> None:
        self._requests += 1

    def _look_after(self) -> None:
        for child in self._children:
            now = time.monotonic()
            if child.due(now):
                self._restart(child)
            elif not child.waiting and not child.process.alive:
                pause = child.note_death(now)
                name = child.process.program.name
                self._tell(said("PROGRAM_ENDED", name=name, seconds=pause))

    def _restart(self, child: _Child) -> None:
        name = child.process.program.name
        try:
            child.start()
        except (OSError, StackError) as error:
            pause = child.note_death(time.monotonic())
            self._tell(said("PROGRAM_CANNOT_START", name=name, seconds=pause, reason=error))
            return
        self._changed()
        self._tell(said("PROGRAM_RESTARTED", name=name, pid=child.process.pid))
