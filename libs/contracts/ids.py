"""Ids that are made here."""

import os
import uuid


def uuid7(epoch_ms: int) -> uuid.UUID:
    """A random UUIDv7 (RFC 9562)."""
    random = int.from_bytes(os.urandom(10), "big")
    value = (
        (epoch_ms & ((1 << 48) - 1)) << 80 | 0x7 << 76 | (random >> 68) << 64 | 0b10 << 62 | random & ((1 << 62) - 1)
    )
    return uuid.UUID(int=value)
