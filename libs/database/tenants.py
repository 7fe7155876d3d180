"""Work on one tenant's rows, under row level security."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Cursor
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

from libs.database.queries import QUERIES
from libs.database.server.local import set_local


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
        set_tenant(cursor, tenant_id)
        yield cursor


def set_tenant(cursor: Cursor[Any], tenant_id: uuid.UUID) -> None:
    """Have the rest of the transaction see this tenant's rows alone. The cursor's role is one that policies bind."""
    set_local(cursor, {"sluice.tenant_id": str(tenant_id)})
