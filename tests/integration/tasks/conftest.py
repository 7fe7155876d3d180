"""Tests of the task engine."""

from tests.integration.tasks.bench import bench
from tests.integration.tasks.dock import dock

__all__ = ["bench", "dock"]
