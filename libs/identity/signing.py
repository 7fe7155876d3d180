"""Tokens signed with the local stack's own secret."""

import time
import uuid

import jwt

ALL_SCOPES = "ingest:write jobs:read jobs:write rejects:read inventory:read"
SYSTEM_SCOPES = "system:read system:write"
"""What concerns no tenant: lanes, workers, versions."""


def sign(secret: bytes, tenant: uuid.UUID, *, subject: str, scope: str = ALL_SCOPES, ttl: int) -> str:
    """A token for `tenant` that is good for `ttl` seconds (HS256)."""
    now = int(time.time())
    claims = {
        "iss": "sluice",
        "aud": "sluice",
        "sub": subject,
        "tenant": str(tenant),
        "scope": scope,
        "iat": now,
        "exp": now + ttl,
    }
    return jwt.encode(claims, secret, algorithm="HS256")
