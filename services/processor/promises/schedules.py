"""Opens what schedules are due, and wakes whoever runs it."""

from collections.abc import Collection

from libs.broker.publisher import Publisher
from libs.contracts.jobs import JobStatus
from libs.jobs.events import Events
from libs.tasks.schedules.ticking import Schedules
from libs.telemetry.metrics.tasks import SCHEDULES_FIRED

TICK_EVERY_S = 1.0


class ScheduleWatch:
    """One processor's look at all schedules."""

    def __init__(self, schedules: Schedules, publisher: Publisher, events: Events, types: Collection[str] = ()) -> None:
        """`types` of jobs are offered where there is a schedule for them."""
        self._schedules = schedules
        self._publisher = publisher
        self._events = events
        self._types = types
        self._offered = False

    def tick(self) -> None:
        """Look now. Raises psycopg.Error."""
        now = self._schedules.now()
        if not self._offered:
            self._schedules.offer(self._types, now)
            self._offered = True
        opened = self._schedules.tick(now)
        if opened:
            SCHEDULES_FIRED.inc(len(opened))
            self._publisher.publish([each.ref for each in opened])
        for each in opened:
            self._events.changed(each.ref.tenant_id, each.ref.task_id, each.type, JobStatus.PENDING, 1, 0.0)
