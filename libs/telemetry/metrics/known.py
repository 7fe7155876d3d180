"""Labels that are there before anything is counted: `increase()` sees the first error only of a series that was 0."""

from collections.abc import Iterable
from itertools import product

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.4, 0.75, 1, 1.5, 3, 6, 15, 30, 60)
"""Buckets for what takes a moment."""


def known(metric: Counter | Gauge | Histogram, *labels: Iterable[str]) -> None:
    """Have the metric a series for each combination of these values of its labels, in their order."""
    for values in product(*labels):
        metric.labels(*values)
