"""Pauses and resumes lanes, whoever asks."""

import uuid
from typing import Literal, TypeAlias

import structlog

from libs.contracts.jobs import Lane
from libs.contracts.queues import LANES
from libs.contracts.refusals import Refusal
from libs.intake.audit import audit_entry
from libs.intake.options import Origin
from libs.jobs.store import JobStore

log = structlog.get_logger()

LaneAction: TypeAlias = Literal["pause", "resume"]
NO_JOB = uuid.UUID(int=0)
"""What an entry of the audit trail names where it is about no job."""


class LaneSteering:
    """What operators do with lanes. Raises redis.RedisError."""

    def __init__(self, store: JobStore) -> None:
        self._store = store

    def steer(self, origin: Origin, lane: Lane, action: LaneAction, reason: str) -> None:
        """Have a lane stand still, or go on; one that does so already stays as it is."""
        entry = audit_entry(origin, f"lane.{action}", NO_JOB, f"lane:{lane}", {}, reason)
        steer = self._store.pause if action == "pause" else self._store.resume
        changed = steer(lane, entry)
        log.info("lane_steered", action=entry.action, lane=lane, changed=changed)


def lane_of(text: str) -> Lane:
    """The lane of this name. Raises Refusal."""
    for lane in LANES:
        if lane == text:
            return lane
    raise Refusal("LANE_NOT_FOUND", known=", ".join(LANES))
