"""One attempt to sign in, held by the browser that began it and by nobody else."""

import base64
import hashlib
import hmac
import secrets

from msgspec import Struct

SECRET_BYTES = 32
LONGEST = 4_000


class Attempt(Struct, frozen=True):
    """A secret in a cookie, from which all follows that binds the provider's answer to this browser.

    Nothing of it lies in a store: whoever begins a thousand attempts costs nobody anything.
    """

    secret: str
    further: str
    """Where to go afterwards."""

    @property
    def state(self) -> str:
        """Comes back in the address: the answer is to this browser's question."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """Comes back in the ID token: it was made for this question."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """Goes to the provider with the code, of whose hash it was told before (RFC 7636)."""
        return self._derived("verifier")

    @property
    def cookie(self) -> str:
        """As a cookie's value."""
        return f"{self.secret}.{base64.urlsafe_b64encode(self.further.encode()).decode().rstrip('=')}"

    def _derived(self, purpose: str) -> str:
        digest = hmac.digest(self.secret.encode(), purpose.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def begin(further: str) -> Attempt:
    """A new one."""
    return Attempt(secrets.token_urlsafe(SECRET_BYTES), further)


def held(cookie: str, state: str) -> Attempt | None:
    """The attempt that a cookie holds, if the state is its own."""
    secret, _, further = cookie[:LONGEST].partition(".")
    try:
        text = base64.urlsafe_b64decode(further + "=" * (-len(further) % 4)).decode()
    except ValueError:
        return None
    attempt = Attempt(secret, text)
    fits = len(secret) >= SECRET_BYTES and hmac.compare_digest(attempt.state.encode(), state.encode())
    return attempt if fits else None
