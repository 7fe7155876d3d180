"""Tests of the task engine, and of types of tasks."""

from tests.integration.tasks.bench import bench
from tests.integration.tasks.dock import dock
from tests.integration.tasks.workshop import workshop

__all__ = ["bench", "dock", "workshop"]
