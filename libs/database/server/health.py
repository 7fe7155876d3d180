"""Asks PostgreSQL how it is."""

import time
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from libs.contracts.system.health import DatabaseHealth
from libs.database.queries import QUERIES

PATIENCE_S = 1.0
"""How long a connection is waited for."""


def database_health(pool: ConnectionPool) -> DatabaseHealth:
    """What it says of itself. Raises psycopg.Error."""
    with pool.connection(PATIENCE_S) as connection:
        began = time.perf_counter()
        connection.execute("SELECT 1")
        latency_ms = (time.perf_counter() - began) * 1000
        version, standby, read_only, sessions, most, size = _row(connection)
    return DatabaseHealth(
        latency_ms=latency_ms, version=version, standby=standby, read_only=read_only, sessions=sessions,
        most_sessions=most, bytes=size,
    )  # fmt: skip


def _row(connection: psycopg.Connection[Any]) -> tuple[Any, ...]:
    row = connection.execute(QUERIES["database_health"]).fetchone()
    assert row is not None
    return tuple(row)
