"""Waiting for a condition, in place of a sleep of a guessed length."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")

PAUSE = 0.03
"""Seconds between two looks."""


def wait_until(condition: Callable[[], Seen], timeout: float, what: str) -> Seen:
    """Look at `condition` until it is true, for `timeout` seconds at most, and give what it was then.

    Raises AssertionError naming `what` when the time is over.
    """
    pause = threading.Event()
    deadline = time.monotonic() + timeout
    while not (seen := condition()):
        assert time.monotonic() < deadline, f"not within {timeout:g} s: {what}"
        pause.wait(PAUSE)
    return seen
