"""Redis, whoever uses it."""

from prometheus_client import Counter

from libs.telemetry.metrics.known import known

PUBLISH_FAILURES = Counter("sluice_publish_failures_total", "Messages left to the sweeper, since Redis refused them.")
UNREADABLE = Counter(
    "sluice_unreadable_total", "What Redis held that nobody can read, passed over so that it stops nothing.", ("kind",)
)

known(UNREADABLE, ("job", "due"))
