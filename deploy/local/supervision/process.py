"""One child process: how it is started, how one knows that it serves, and how it is ended."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import StackError
from deploy.local.supervision.claim import PASSING, Claim
from deploy.local.supervision.logs import Log, tail
from libs.contracts.texts import said

LAUNCHER = str(Path(__file__).with_name("launch.py"))
POLL = 0.05
LOG_PATIENCE = 1.0
"""Something that the program forked may still hold the pipe."""


def _nothing() -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run. `command[0]` is an absolute path."""

    name: str
    command: tuple[str, ...]
    lock: Path
    """Two lock files begin with this path: `.owner` of who runs the program, `.running` of the program itself."""
    log: Path
    """Where standard output and error go, see `deploy.local.supervision.logs`."""
    ready: Callable[[], bool]
    """Whether the program serves; called again and again, must not block for long."""
    prepare: Callable[[], None] = _nothing
    """Called before each start, when nothing of a former run is left."""
    environ: Mapping[str, str] | None = None
    directory: Path | None = None
    """The working directory."""
    refuses_root: Path | None = None
    """Set if the program does not run as root: the directory that it must own."""
    death_signal: signal.Signals = signal.SIGKILL
    """What the kernel sends it when its parent dies. Must end it at once; nothing acknowledged may be lost by it."""
    stop: tuple[tuple[signal.Signals, float], ...] = ((signal.SIGTERM, 30.0),)
    """Signals for an orderly end, each with the seconds to wait; SIGKILL follows."""
    stop_order: int = 0
    """Smaller ends first; equal ones end together."""


class Process:
    """A program that runs, or has run, as our child."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._owner = Claim(program.lock.with_name(program.lock.name + ".owner"))
        self._running = Claim(program.lock.with_name(program.lock.name + ".running"))
        self._owned = False
        self._child: subprocess.Popen[bytes] | None = None
        self._log: threading.Thread | None = None

    @property
    def pid(self) -> int:
        """The process id of the program itself, because the launcher becomes the program. 0 before the first start."""
        return self._child.pid if self._child else 0

    @property
    def alive(self) -> bool:
        """Whether the program runs."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Run the program, after ending what a former run left of it. Only the main thread may call this.

        Raises StackError if another living process runs the program on the same files.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("children die with the thread that starts them: start them in the main thread")
        self._own()
        try:
            self.program.prepare()
            self._spawn()
        finally:
            self._running.let_go()

    def wait_ready(self, timeout: float) -> None:
        """Return when the program serves. Raises StackError if it ends first or `timeout` seconds are over."""
        deadline = time.monotonic() + timeout
        while not self.program.ready():
            if not self.alive or time.monotonic() >= deadline:
                raise self.not_started()
            time.sleep(POLL)

    def send(self, number: signal.Signals) -> None:
        """Signal the program if it runs."""
        if self._child and self.alive:
            self._child.send_signal(number)

    def let_go(self) -> None:
        """After the end: end what the program forked and left behind, and let others have the files."""
        if self._owned and (self._running.take() or self._running.evict(signal.SIGKILL)):
            self._running.let_go()
        self._wait_for_log()
        self._owner.let_go()
        self._owned = False

    def not_started(self) -> StackError:
        """What to tell when the program does not come up: the end of its log knows why."""
        self._wait_for_log()
        program = self.program
        return StackError(said("PROGRAM_NOT_STARTED", name=program.name, log=program.log, lines=tail(program.log)))

    def _wait_for_log(self) -> None:
        """Have the log hold all that the program has said, if it has ended."""
        if self._log and not self.alive:
            self._log.join(LOG_PATIENCE)

    def _own(self) -> None:
        if not self._owned and not self._owner.take(PASSING):
            raise StackError(said("PROGRAM_RUNS_ALREADY", name=self.program.name, path=self.program.lock.parent))
        self._owned = True
        if not self._running.take() and not self._running.evict(self.program.death_signal):
            raise StackError(said("PROGRAM_NOT_EVICTED", name=self.program.name, path=self.program.lock.parent))

    def _spawn(self) -> None:
        program = self.program
        launch = (sys.executable, "-I", "-S", LAUNCHER, str(os.getpid()), str(int(program.death_signal)))
        owned = str(program.refuses_root or "-")
        log = Log(program.log)
        self._child = subprocess.Popen(
            (*launch, owned, *program.command),
            bufsize=0,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=program.environ,
            cwd=program.directory,
            pass_fds=(self._running.fileno(),),
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which ends the children in their order
        )
        assert self._child.stdout
        self._log = log.follow(self._child.stdout)
