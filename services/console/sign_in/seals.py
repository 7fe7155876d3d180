"""Seals what a page has shown, so that who sends it back has seen it: the same person, a while ago."""

import base64
import binascii
import hashlib
import hmac
import time
from typing import TypeVar

import msgspec
from msgspec import Struct

from libs.contracts.refusals import Refusal

SEALED_S = 600
LONGEST_SEAL = 8_000
_PURPOSE = b"sluice console seal"

Content = TypeVar("Content", bound=Struct)


def sealed(secret: str, content: Struct) -> str:
    """The content, good for `SEALED_S` seconds, in the session of this secret alone."""
    body = msgspec.json.encode([int(time.time()) + SEALED_S, content])
    return f"{base64.urlsafe_b64encode(body).decode()}.{_mark(secret, body)}"


def unsealed(secret: str, text: str, kind: type[Content]) -> Content:
    """What was sealed. Raises Refusal where it was not, in another session, or too long ago."""
    packed, _, mark = text.rpartition(".")
    try:
        body = base64.urlsafe_b64decode(packed.encode("ascii"))
    except (binascii.Error, ValueError) as error:
        raise Refusal("SEAL_BROKEN") from error
    if not hmac.compare_digest(_mark(secret, body).encode(), mark.encode(errors="replace")):
        raise Refusal("SEAL_BROKEN")
    until, content = msgspec.json.decode(body, type=tuple[int, kind])  # type: ignore[valid-type]
    if time.time() > until:
        raise Refusal("SEAL_OLD", minutes=SEALED_S // 60)
    return content


def _mark(secret: str, body: bytes) -> str:
    """Nobody else knows the secret of a session: Redis holds its hash."""
    key = hmac.digest(secret.encode(), _PURPOSE, hashlib.sha256)
    return hmac.new(key, body, hashlib.sha256).hexdigest()
