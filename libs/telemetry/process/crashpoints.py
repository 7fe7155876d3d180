"""Named places where a test can have the process killed, or stopped for as long as the test likes.

`SLUICE_CRASH_AT=writer.after_ledger` kills the process with SIGKILL the first time it comes there;
`SLUICE_CRASH_AT=writer.after_ledger:3` the third time. With `SLUICE_CRASH_SIGNAL=STOP` it is stopped instead, all
threads at once, until somebody sends SIGCONT. Unset, a crash point costs one comparison.
"""

import itertools
import os
import signal
import sys
import threading

_name, _, _count = os.environ.get("SLUICE_CRASH_AT", "").partition(":")
_visits = itertools.count(1)
_stops = os.environ.get("SLUICE_CRASH_SIGNAL", "") == "STOP"

CRASH_RECORD = os.environ.get("SLUICE_CRASH_RECORD", "")
"""The external_id of a record that kills the writer whenever it is handled."""


def crash_point(name: str) -> None:
    """Die or stop here, if this is the place that was named; says so on standard error first."""
    if name == _name and next(_visits) == int(_count or 1):
        # Not through the outlet, whose thread will not come to it.
        print(f"crash point {name}", file=sys.__stderr__, flush=True)
        if _stops:
            # To this very thread: a signal to the process may be taken by another one while this one goes on.
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
        else:
            crash_now()


def crash_now() -> None:
    """Die here."""
    os.kill(os.getpid(), signal.SIGKILL)
