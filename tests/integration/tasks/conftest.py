"""Tests of the task engine."""

from tests.integration.tasks.bench import bench

__all__ = ["bench"]
