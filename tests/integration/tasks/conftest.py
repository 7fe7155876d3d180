"""Tests of the task engine, and of types of tasks."""

from tests.integration.tasks.workplace.bench import bench
from tests.integration.tasks.workplace.dock import dock
from tests.integration.tasks.workplace.workshop import workshop

__all__ = ["bench", "dock", "workshop"]
