"""Who was let in a moment ago, for the page that says that Redis is away: sessions are there."""

import hashlib
import time
from collections import OrderedDict

from services.console.sign_in.sessions import Session

REMEMBERED_S = 300.0
MOST = 1_000


class Memory:
    """Sessions of this process that were found lately. Signing out here ends them here, too."""

    def __init__(self) -> None:
        self._found: OrderedDict[bytes, tuple[Session, float]] = OrderedDict()

    def note(self, secret: str, session: Session | None) -> None:
        """A session was found, or is no more."""
        key = _key(secret)
        self._found.pop(key, None)
        if session:
            self._found[key] = session, time.monotonic() + REMEMBERED_S
            if len(self._found) > MOST:
                self._found.popitem(last=False)

    def recall(self, secret: str) -> Session | None:
        """The session as it was found last, if that is not long ago, and it has not ended since."""
        session, until = self._found.get(_key(secret), (None, 0.0))
        return session if session and time.monotonic() < until and time.time() < session.ends else None


def _key(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()
