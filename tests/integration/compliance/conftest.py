"""Tests of rules and of what they find."""

from tests.integration.compliance.inventory import connection, engine, inventory, rules_bench
from tests.integration.tasks.workplace.bench import bench

__all__ = ["bench", "connection", "engine", "inventory", "rules_bench"]
