"""Work on one tenant's rows, under row level security."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Cursor
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

from libs.database.queries import QUERIES


def all_tenants(pool: ConnectionPool) -> list[uuid.UUID]:
    """Every tenant that has anything, in order, and before them the system. The pool's role is `sluice_processor`."""
    with pool.connection() as connection:
        return [tenant for (tenant,) in connection.execute(QUERIES["all_tenants"]).fetchall()]


@contextmanager
def as_tenant(pool: ConnectionPool, tenant_id: uuid.UUID) -> Iterator[Cursor[DictRow]]:
    """A transaction that sees this tenant's rows alone."""
    with (
        pool.connection() as connection,
        connection.transaction(),
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        cursor.execute(QUERIES["set_tenant"], {"tenant": str(tenant_id)})
        yield cursor
