"""How batches are cut and how many are let in: settings of every service that opens jobs."""

from typing import Annotated

from msgspec import Meta, Struct

MIB = 1024 * 1024
Positive = Annotated[int, Meta(ge=1)]


class IntakeSettings(Struct, frozen=True, kw_only=True):
    """The size of chunks, and the bounds of what may wait."""

    chunk_records: Annotated[int, Meta(ge=1, le=10_000)] = 2_000
    backlog_max_bytes: Positive = 512 * MIB
    """Payload bytes waiting to be written, all tenants; beyond it batches get 503."""
    tenant_backlog_max_bytes: Positive = 256 * MIB
    """The same for one tenant; beyond it that tenant gets 429."""
