"""Tasks and schedules."""

from prometheus_client import Counter, Histogram

from libs.telemetry.metrics.known import SECONDS

TASKS_ENDED = Counter(
    "sluice_tasks_ended_total", "Tasks by type and the state in which they ended.", ("type", "status")
)
TASK_RUN_SECONDS = Histogram(
    "sluice_task_run_seconds",
    "From a task's lease to its end, or to when it is given back.",
    ("type",),
    buckets=SECONDS,
)
TASKS_SWEPT = Counter("sluice_swept_tasks_total", "Tasks published again by the sweeper.")
SCHEDULES_FIRED = Counter("sluice_schedules_fired_total", "Jobs that schedules have opened.")
