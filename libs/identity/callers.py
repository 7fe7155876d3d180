"""Who sent a request."""

import uuid

from msgspec import Struct


class Caller(Struct, frozen=True):
    """Who sent a request, for which tenant, and what the caller may do."""

    subject: str
    tenant_id: uuid.UUID
    scopes: frozenset[str]
