"""Looks which lanes are paused, and what waits in each: what runs goes on, and nothing of a paused lane begins."""

from collections.abc import Sequence

from libs.broker.factory import LaneBroker
from libs.contracts.jobs import Lane
from libs.contracts.queues import LANES, TASK_QUEUE
from libs.contracts.system.workers import LaneWork
from libs.jobs.live.live_jobs import LiveJobs
from libs.tasks.store import TaskStore

PAUSES_EVERY_S = 0.5
WAITING_EVERY_S = 5.0


class LaneWatch:
    """What this processor knows of the lanes; while a store is away, what it knew last."""

    def __init__(self, jobs: LiveJobs, tasks: TaskStore, broker: LaneBroker) -> None:
        self._jobs = jobs
        self._tasks = tasks
        self._broker = broker
        self._paused: frozenset[Lane] = frozenset()
        self._waiting: dict[Lane, LaneWork] = {}

    @property
    def going(self) -> Sequence[Lane]:
        """The lanes that are not paused."""
        return [lane for lane in LANES if lane not in self._paused]

    @property
    def waiting(self) -> dict[Lane, LaneWork]:
        """What there was to do in each lane a moment ago."""
        return self._waiting

    def stands_still(self, lane: Lane) -> bool:
        """Whether nothing of the lane may begin."""
        return lane in self._paused

    def look_at_pauses(self) -> None:
        """See which lanes are paused. Raises redis.RedisError."""
        self._paused = frozenset(self._jobs.paused())

    def look_at_work(self) -> None:
        """See what waits. Raises psycopg.Error, redis.RedisError."""
        tasks, depths = self._tasks.by_lane(), self._broker.depths()
        self._waiting = {
            lane: LaneWork(
                open=tasks.get(lane, (0, 0.0))[0], exact=True, queued=depths[TASK_QUEUE[lane]],
                oldest_seconds=tasks.get(lane, (0, 0.0))[1],
            )
            for lane in LANES
        }  # fmt: skip
