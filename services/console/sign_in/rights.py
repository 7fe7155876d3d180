"""What a person may do, by the scopes that the person has come with."""

import enum
from collections.abc import Iterable


class Right(enum.StrEnum):
    """A right, by the scope that gives it. Whoever has one of the others may also look on."""

    VIEW = "jobs:read"
    OPERATE = "jobs:write"
    """Cancel and retry."""
    INGEST = "ingest:write"
    """Bring files, map and load them: what the API asks for this, so that a session can do no more than its token."""
    REJECTS = "rejects:read"
    """See the values of records."""
    INVENTORY = "inventory:read"
    """See the inventory: the values of records that were written."""
    WATCH_SYSTEM = "system:read"
    ADMIN = "system:write"


def rights_of(scopes: Iterable[str]) -> frozenset[Right]:
    """The rights that these scopes give."""
    held = set(scopes)
    return frozenset(right for right in Right if right in held)
