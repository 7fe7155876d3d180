"""Checks that what the records of a chunk refer to exists, as one set for each target table.

The transaction holds the tenant's advisory lock shared from before the look-up until its end, so that nothing it has
found can be deleted before the links are committed.
"""

import uuid
from collections.abc import Sequence
from functools import cache

import psycopg
from psycopg import sql

from libs.contracts.chunks import Fault
from libs.contracts.records import Entity, Link
from libs.database.queries import QUERIES
from services.writer.rows import Row

Connection = psycopg.Connection[tuple[object, ...]]


def missing_references(
    connection: Connection, entity: Entity, tenant: uuid.UUID, rows: Sequence[Row]
) -> dict[int, list[Fault]]:
    """By position: a fault for every id in a record's lists that the tenant does not have."""
    faulty: dict[int, list[Fault]] = {}
    if not entity.links:
        return faulty
    connection.execute(QUERIES["lock_tenant_shared"], {"tenant": tenant})
    for number, link in enumerate(entity.links):
        wanted: set[bytes] = set().union(*(row.links[number] for row in rows))
        unknown = wanted - _existing(connection, link, tenant, wanted) if wanted else wanted
        if unknown:
            for row in rows:
                if not unknown.isdisjoint(row.links[number]):
                    faulty.setdefault(row.position, []).extend(_faults(link, row.links[number], unknown))
    return faulty


def _faults(link: Link, targets: Sequence[bytes], unknown: set[bytes]) -> list[Fault]:
    return [
        Fault("REFERENCE_UNKNOWN", f"/{link.field}/{place}", {"target": link.target})
        for place, target in enumerate(targets)
        if target in unknown
    ]


def _existing(connection: Connection, link: Link, tenant: uuid.UUID, wanted: set[bytes]) -> set[bytes]:
    ids = [uuid.UUID(bytes=target) for target in wanted]
    cursor = connection.execute(_lookup(link), {"tenant": tenant, "ids": ids})
    return {found.bytes for (found,) in cursor if isinstance(found, uuid.UUID)}


@cache
def _lookup(link: Link) -> sql.Composed:
    return sql.SQL("SELECT {id} FROM {table} WHERE tenant_id = %(tenant)s AND {id} = ANY(%(ids)s)").format(
        id=sql.Identifier(link.column), table=sql.Identifier("inventory", link.target)
    )
