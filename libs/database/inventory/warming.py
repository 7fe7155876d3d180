"""Reads a tenant's keys and rows as a writer looks them up, and tells what of them was not in PostgreSQL's cache."""

import uuid
from typing import Any

from msgspec import Struct
from psycopg import sql
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from libs.contracts.inventory.records import ENTITIES, Entity
from libs.contracts.tasks.types.upkeep.warm import Key
from libs.database.queries import QUERIES
from libs.database.server.local import set_local

STRETCH_ROWS = 2_000
"""Rows of one statement: about a quarter of a second where each of them lies alone on a disk that turns no more."""
BY_KEY = {
    **{f"enable_{plan}": "off" for plan in ("seqscan", "bitmapscan", "sort")}, "max_parallel_workers_per_gather": "0"
}  # fmt: skip
"""In the order of a key, row by row: every other plan reads what belongs to other tenants, or the same pages again."""
SHARE_OF_CACHE = 2
"""One part of so many may be read for one tenant: the others have theirs there."""


class Walk(Struct, frozen=True):
    """All of a tenant's records of one kind, in the order of one of their keys."""

    entity: Entity
    key: Key

    @property
    def column(self) -> str:
        """The key's column in the entity's table."""
        return self.entity.id_field if self.key == "id" else self.key

    @property
    def start(self) -> Any:
        """What comes before every key."""
        return uuid.UUID(int=0) if self.key == "id" else ""


WALKS = [Walk(entity, key) for entity in reversed(ENTITIES.values()) for key in ("external_id", "id")]
"""First what all refer to and is small; activities are the last, and what there is no room for is left of them."""


class Stretch(Struct, frozen=True):
    """Some rows that were read."""

    rows: int
    last: Any
    """The key of the last of them; None where there is none."""
    pages: list[int]
    """Of the table; each once."""
    key_pages: int = 0
    missed: int = 0
    """Pages of table and key that were not in the cache."""

    @property
    def elsewhere(self) -> bool:
        """Whether another node has read them for this one: nobody finds rows by a key without a page of it."""
        return self.rows > 0 and self.key_pages == 0


class _Asked(Struct, frozen=True):
    """Pages that the session has asked for, of a table and its keys."""

    keys: int
    missed: int


class TenantPages:
    """One tenant's pages. Every method raises psycopg.Error."""

    def __init__(self, pool: ConnectionPool, tenant_id: uuid.UUID) -> None:
        self._pool = pool
        self._tenant_id = tenant_id

    def room(self) -> int:
        """Pages that may be brought into the cache."""
        with self._pool.connection() as connection:
            row = connection.execute(QUERIES["pages_of_cache"]).fetchone()
        assert row is not None
        return int(row[0]) // SHARE_OF_CACHE

    def read(self, walk: Walk, after: Any) -> Stretch:
        """The next rows of a walk."""
        table = sql.Identifier("inventory", walk.entity.table)
        statement = sql.SQL(QUERIES["read_stretch"]).format(table=table, key=sql.Identifier(walk.column))
        values = {"tenant": self._tenant_id, "after": after, "rows": STRETCH_ROWS}
        name = {"table": f"inventory.{walk.entity.table}"}
        with self._pool.connection() as connection, connection.transaction():
            set_local(connection, BY_KEY)
            counts = connection.cursor(row_factory=class_row(_Asked))
            before = counts.execute(QUERIES["pages_asked"], name).fetchone()
            read = connection.cursor(row_factory=class_row(Stretch)).execute(statement, values).fetchone()
            then = counts.execute(QUERIES["pages_asked"], name).fetchone()
        assert before
        assert read
        assert then
        return Stretch(read.rows, read.last, read.pages, then.keys - before.keys, then.missed - before.missed)
