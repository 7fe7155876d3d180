"""Who works: what writers and processors say of themselves every few seconds, without anything of a tenant."""

import datetime
from typing import Literal

from msgspec import Struct

from libs.contracts.jobs import Lane

WorkerKind = Literal["writer", "processor"]
WorkerState = Literal["working", "draining", "stopped", "dead"]
"""`stopped`: it has said so; `dead`: it has said nothing for a while, and not that it would stop."""


class Doing(Struct, frozen=True, kw_only=True):
    """One piece of work, by its kind."""

    type: str
    """`write` for a chunk, else the type of a task."""
    entity: str | None
    lane: Lane
    seconds: float
    """For how long already."""


class WorkerView(Struct, frozen=True, kw_only=True):
    """A writer or a processor."""

    kind: WorkerKind
    name: str
    host: str
    pid: int
    version: str
    state: WorkerState
    started_at: datetime.datetime
    seen_at: datetime.datetime
    """When it was heard of last."""
    threads: int
    """How many pieces of work it does at once."""
    doing: list[Doing]


class WorkerList(Struct, frozen=True):
    """All that have been heard of within the last hour."""

    workers: list[WorkerView]


class LanePause(Struct, frozen=True):
    """Since when a lane stands still, who has decided so, and why."""

    at: datetime.datetime
    by: str
    reason: str


class LaneWork(Struct, frozen=True, kw_only=True):
    """What a lane has to do, of all tenants together."""

    open: int
    """What has not ended."""
    exact: bool
    """False where so much is open that only the oldest were looked at: there may be more."""
    queued: int
    """Messages that wait for somebody to take them."""
    oldest_seconds: float
    """For how long the oldest is open."""


class LaneView(Struct, frozen=True, kw_only=True):
    """A lane: how many turns it has between tenants, what waits, and whether it stands still."""

    lane: Lane
    weight: int
    paused: LanePause | None
    batches: LaneWork
    tasks: LaneWork


class LaneList(Struct, frozen=True):
    """The lanes, a tenant's first one first."""

    lanes: list[LaneView]
