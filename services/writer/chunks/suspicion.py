"""A chunk that is suspected of killing writers is handled while its process does nothing else.

A death speaks against whatever was in hand. Others that were by chance would be taken for what has killed the writer,
and be set aside in its place.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Suspicion:
    """Lets all threads of a writer have chunks in hand, or one of them one that is suspected."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._in_hand = 0
        self._suspects = 0
        """Those that wait for their turn, and the one that has it: nobody else begins."""
        self._alone = False

    @contextmanager
    def unsuspected(self) -> Iterator[None]:
        """Take and handle what comes, once no suspect is in hand or waits."""
        with self._changed:
            self._changed.wait_for(lambda: not self._suspects)
            self._in_hand += 1
        try:
            yield
        finally:
            with self._changed:
                self._in_hand -= 1
                self._changed.notify_all()

    @contextmanager
    def suspected(self) -> Iterator[None]:
        """Handle a suspect, once nothing else is in hand."""
        with self._changed:
            self._suspects += 1
            self._changed.wait_for(lambda: not self._in_hand and not self._alone)
            self._alone = True
        try:
            yield
        finally:
            with self._changed:
                self._alone = False
                self._suspects -= 1
                self._changed.notify_all()
