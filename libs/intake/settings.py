"""How batches are cut and how many are let in: settings of every service that opens jobs."""

from typing import Annotated

from msgspec import Meta, Struct

MIB = 1024 * 1024
Positive = Annotated[int, Meta(ge=1)]


class IntakeSettings(Struct, frozen=True, kw_only=True):
    """The size of chunks, and the bounds of what may wait."""

    chunk_records: Annotated[int, Meta(ge=1, le=10_000)] = 2_000
    """The most records of a chunk, which is written in one transaction."""
    backlog_max_bytes: Positive = 512 * MIB
    """What waits to be written, all tenants, in bytes as `libs.jobs.costs` counts them; beyond it batches get 503."""
    tenant_backlog_max_bytes: Positive = 256 * MIB
    """The same for one tenant; beyond it that tenant gets 429."""
    tenant_retained_max_bytes: Positive = 256 * MIB
    """What is kept of a tenant's ended jobs: failed chunks for a retry, results, Idempotency-Keys; beyond it, 429."""
    memory_max_percent: Annotated[int, Meta(ge=1, le=90)] = 75
    """How much of Redis' `maxmemory` may be used before batches get 503: writers need the rest to settle with."""
