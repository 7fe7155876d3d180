"""A file that somebody brought, or that a task made."""

import datetime
import uuid
from typing import Any, Literal

from msgspec import Struct

FileState = Literal["receiving", "complete"]


class StoredFile(Struct, frozen=True, kw_only=True):
    """What is known of a file; times are UTC."""

    file_id: uuid.UUID
    tenant_id: uuid.UUID
    name: str
    size: int | None
    """Bytes; None while nobody has said how many there will be."""
    received: int
    """Bytes that are durable, from the start."""
    parts: int
    """In how many pieces they are kept."""
    state: FileState
    sha256: str | None
    """Of the whole file, in hex; None until it is complete."""
    analysis: dict[str, Any] | None
    """What the last analysis found in it."""
    metadata: str
    """As the protocol of its upload gave it."""
    created_by: str
    created_at: datetime.datetime
    expires_at: datetime.datetime
