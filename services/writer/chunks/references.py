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
from libs.contracts.records import Link
from libs.contracts.rows import split_ids
from libs.database.queries import QUERIES
from services.writer.chunks.arrays import UuidArray
from services.writer.chunks.rows import Content

Connection = psycopg.Connection[tuple[object, ...]]


def missing_references(connection: Connection, content: Content, tenant: uuid.UUID) -> dict[int, list[Fault]]:
    """By position: a fault for every id in a record's lists that the tenant does not have."""
    faulty: dict[int, list[Fault]] = {}
    if not content.shape.entity.links:
        return faulty
    connection.execute(QUERIES["lock_tenant_shared"], {"tenant": tenant})
    for number, link in enumerate(content.shape.links):
        targets = content.targets[number]
        unknown = _unknown(connection, link, tenant, targets) if targets else set()
        for row in content.rows if unknown else ():
            if faults := _faults(link, split_ids(row.links[number]), unknown):
                faulty.setdefault(row.position, []).extend(faults)
    return faulty


def _faults(link: Link, targets: Sequence[bytes], unknown: set[bytes]) -> list[Fault]:
    return [
        Fault("REFERENCE_UNKNOWN", f"/{link.field}/{place}", {"target": link.target})
        for place, target in enumerate(targets)
        if target in unknown
    ]


def _unknown(connection: Connection, link: Link, tenant: uuid.UUID, targets: bytes) -> set[bytes]:
    cursor = connection.execute(_lookup(link), {"tenant": tenant, "ids": UuidArray(targets)})
    return {missing.bytes for (missing,) in cursor if isinstance(missing, uuid.UUID)}


@cache
def _lookup(link: Link) -> sql.Composed:
    return sql.SQL(
        "SELECT wanted FROM unnest(%(ids)s) AS wanted WHERE NOT EXISTS "
        # OFFSET has each id looked up by itself, whatever the planner thinks of the table.
        "(SELECT FROM {table} WHERE tenant_id = %(tenant)s AND {id} = wanted OFFSET 0)"
    ).format(id=sql.Identifier(link.column), table=sql.Identifier("inventory", link.target))
