"""Who sent a request."""

import uuid
from typing import Any

from msgspec import Struct

LONGEST_SUBJECT = 255
LONGEST_SCOPE = 4_096
LATEST = 253_402_300_799.0
"""The end of the year 9999, for whoever ends never."""


class Caller(Struct, frozen=True):
    """Who sent a request, for which tenant, and what the caller may do."""

    subject: str
    tenant_id: uuid.UUID
    scopes: frozenset[str]
    ends: float = LATEST
    """When the token ends, Unix seconds."""


def caller_of(claims: dict[str, Any]) -> Caller:
    """Whom the claims of a verified token name. Raises ValueError where one is no text that can be stored and shown.

    An issuer may be careless: its texts go into jobs, logs and the audit trail, which keep neither NUL nor half a
    character.
    """
    subject, tenant, scope = claims["sub"], claims["tenant"], claims.get("scope")
    if not _fit(subject, LONGEST_SUBJECT) or not subject.strip():
        raise ValueError("sub is no printable text")
    if isinstance(scope, str) and not _fit(scope, LONGEST_SCOPE):
        raise ValueError("scope is no printable text")
    scopes = frozenset(scope.split()) if isinstance(scope, str) else frozenset()
    return Caller(subject, _canonical(tenant), scopes, float(min(int(claims["exp"]), int(LATEST))))


def _fit(text: object, longest: int) -> bool:
    return isinstance(text, str) and len(text) <= longest and text.isprintable()


def _canonical(text: object) -> uuid.UUID:
    """A UUID as RFC 9562 writes it; Python's own reading allows braces, prefixes, and hyphens anywhere."""
    if not isinstance(text, str) or str(value := uuid.UUID(text)) != text.lower():
        raise ValueError("tenant is no UUID")
    return value
