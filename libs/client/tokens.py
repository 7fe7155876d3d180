"""Bearer tokens as a client sees them: it reads the tenant and checks nothing, which is the server's part."""

import base64
import re
from collections.abc import Callable
from uuid import UUID

import msgspec
from msgspec import Struct

from libs.client.failures import own_error

Token = str | Callable[[], str]
"""A token, or a function that returns one that has not expired; it is called for every request."""

_JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")


class _Claims(Struct, frozen=True):
    tenant: UUID


def current(token: Token) -> str:
    """The token to send now. Raises TokenError if it is none, so that nothing else ever becomes a header."""
    text = (token if isinstance(token, str) else token()).strip()
    if not _JWT.fullmatch(text):
        raise own_error("TOKEN_UNREADABLE")
    return text


def tenant_of(token: str) -> str:
    """The tenant that the token speaks for. Raises TokenError if it names none."""
    payload = token.split(".")[1]
    try:
        return str(
            msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=_Claims).tenant
        )
    except (ValueError, msgspec.MsgspecError):
        # The cause could quote the claims.
        raise own_error("TOKEN_UNREADABLE") from None
