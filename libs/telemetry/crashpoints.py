"""Named places where a test can have the process killed.

`SLUICE_CRASH_AT=writer.after_ledger` kills the process with SIGKILL the first time it comes there;
`SLUICE_CRASH_AT=writer.after_ledger:3` the third time. Unset, a crash point costs one comparison.
"""

import itertools
import os
import signal

_name, _, _count = os.environ.get("SLUICE_CRASH_AT", "").partition(":")
_visits = itertools.count(1)

CRASH_RECORD = os.environ.get("SLUICE_CRASH_RECORD", "")
"""The external_id of a record that kills the writer whenever it is handled."""


def crash_point(name: str) -> None:
    """Die here, if this is the place that was named."""
    if name == _name and next(_visits) == int(_count or 1):
        crash_now()


def crash_now() -> None:
    """Die here."""
    os.kill(os.getpid(), signal.SIGKILL)
