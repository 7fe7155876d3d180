"""What concerns no tenant: lanes and workers, without anything of those whose work they do."""

from libs.broker.factory import LaneBroker
from libs.contracts.jobs import Lane
from libs.contracts.queues import LANE_WEIGHT, LANES
from libs.contracts.system.workers import LaneView, LaneWork, WorkerView
from libs.jobs.store import JobStore
from libs.jobs.watching.heartbeat import Heartbeats

NOTHING = LaneWork(open=0, exact=True, queued=0, oldest_seconds=0.0)


class SystemLookup:
    """Reads what Redis knows of lanes and workers. Raises redis.RedisError."""

    def __init__(self, store: JobStore, broker: LaneBroker) -> None:
        self._store = store
        self._broker = broker
        self._heartbeats = Heartbeats(store.client, store.keys.namespace)

    def workers(self) -> list[WorkerView]:
        """Writers and processors that have been heard of within the hour."""
        return self._heartbeats.workers()

    def lanes(self) -> list[LaneView]:
        """The lanes, a tenant's first one first."""
        paused, open_now, depths = self._store.paused(), self._store.waiting(), self._broker.depths()
        tasks = self._heartbeats.tasks()
        return [
            LaneView(
                lane=lane, weight=LANE_WEIGHT[lane], paused=paused.get(lane), tasks=tasks.get(lane, NOTHING),
                batches=LaneWork(
                    open=open_now[lane].jobs, exact=open_now[lane].exact, queued=depths[lane],
                    oldest_seconds=open_now[lane].oldest_s,
                ),
            )
            for lane in LANES
        ]  # fmt: skip

    def lane(self, name: Lane) -> LaneView:
        """One of them."""
        return next(lane for lane in self.lanes() if lane.lane == name)
