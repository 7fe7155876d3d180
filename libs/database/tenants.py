"""Work on one tenant's rows, under row level security."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Cursor, sql
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

from libs.database.queries import QUERIES

_SET = sql.SQL("SET LOCAL sluice.tenant_id = {}")


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
    """Have the rest of the transaction see this tenant's rows alone. The cursor's role is one that policies hold for.

    By SET, which a coordinator passes on to the nodes that have the rows, as it does no function: they would see none.
    It is never prepared: each tenant's is another one, and would push out those that are worth it.
    """
    cursor.execute(_SET.format(sql.Literal(str(tenant_id))), prepare=False)
