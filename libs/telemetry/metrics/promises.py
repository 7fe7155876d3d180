"""Threads that keep promises beside the work."""

from prometheus_client import Counter

TICK_FAILURES = Counter(
    "sluice_tick_failures_total", "Times that a thread which keeps a promise could not, by thread.", ("thread",)
)
