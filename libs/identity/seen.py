"""Tokens that were verified a moment ago: a scanner sends the same one with each batch."""

import hashlib
import threading
from typing import Any

from msgspec import Struct

from libs.identity.callers import Caller

MOST_TOKENS = 4_096
"""About 3 MB; beyond them the one that came first is forgotten, and verified anew when it comes again."""


class Seen(Struct, frozen=True):
    """A token whose signature and claims are good, as long as it has not ended and its key still counts."""

    caller: Caller
    algorithm: str
    kid: object
    key: Any


class SeenTokens:
    """Knows tokens by their digests: what verifies nothing need not be kept."""

    def __init__(self, most: int = MOST_TOKENS) -> None:
        self._most = most
        self._seen: dict[bytes, Seen] = {}
        self._lock = threading.Lock()

    def find(self, token: str) -> Seen | None:
        """What is known of a token."""
        return self._seen.get(_digest(token))

    def keep(self, token: str, seen: Seen) -> None:
        """Remember one that was verified."""
        with self._lock:
            if len(self._seen) >= self._most:
                del self._seen[next(iter(self._seen))]
            self._seen[_digest(token)] = seen


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
