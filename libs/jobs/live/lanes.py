"""What lanes hold, and which of them stand still, because an operator has paused them."""

import datetime
from typing import Any

import msgspec
from msgspec import Struct

from libs.contracts.jobs import Lane
from libs.contracts.queues import LANES
from libs.contracts.system.workers import LanePause
from libs.jobs.scripts import Scripts

MOST_LOOKED_AT = 2_000
"""Open jobs whose lanes are looked at, the oldest first: Redis does nothing else meanwhile."""


class Waiting(Struct, frozen=True):
    """Open batches of a lane, of all tenants."""

    jobs: int
    exact: bool
    """False where more jobs are open than are looked at; then there may be more of this lane."""
    oldest_s: float
    """Since when the oldest is open, seconds; 0 where none is."""


class _Stored(Struct, frozen=True):
    at: int
    by: str
    reason: str


def read_paused(client: Any, key: str) -> dict[Lane, LanePause]:
    """The lanes that stand still."""
    values = zip(LANES, client.hmget(key, *LANES), strict=True)
    return {lane: _pause(msgspec.json.decode(raw, type=_Stored)) for lane, raw in values if raw}


def read_waiting(scripts: Scripts) -> dict[Lane, Waiting]:
    """What is open in each lane."""
    now, left_out, *pairs = scripts.run("show_lanes", MOST_LOOKED_AT, *LANES)
    return {
        lane: Waiting(jobs, not left_out, max(0.0, (now - oldest) / 1000) if oldest else 0.0)
        for lane, jobs, oldest in zip(LANES, pairs[::2], pairs[1::2], strict=True)
    }


def _pause(stored: _Stored) -> LanePause:
    return LanePause(datetime.datetime.fromtimestamp(stored.at / 1000, datetime.UTC), stored.by, stored.reason)
