"""Chunks of a tenant that have found others in their way go one at a time.

A writer's threads are not for waiting. Whatever holds what a tenant's chunks need, one thread of all writers waits for
it, for the second of its `lock_timeout`, and the other threads are there for other tenants.
"""

from typing import Any

import psycopg
from psycopg import errors

from libs.database.queries import QUERIES
from libs.jobs.reading import Lease
from services.writer.chunks.retry_policy import ErrorKind


def take_turn(connection: psycopg.Connection[Any], lease: Lease) -> None:
    """Take the tenant's turn until the end of the transaction, if an earlier attempt met others in its way.

    Raises LockNotAvailable where another chunk has the turn.
    """
    if lease.strikes.get(ErrorKind.CONTENDED):
        row = connection.execute(QUERIES["take_turn"], {"tenant": lease.ref.tenant_id}).fetchone()
        if row != (True,):
            raise errors.LockNotAvailable
