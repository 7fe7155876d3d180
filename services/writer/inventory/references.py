"""Checks that what the records of a chunk refer to exists, as one set for each target table.

The transaction holds the tenant's advisory lock shared from before the look-up until its end, so that nothing it has
found can be deleted before the links are committed.
"""

import uuid
from collections.abc import Iterator, Sequence
from functools import cache

import psycopg
from psycopg import sql

from libs.contracts.chunks import Fault, kept_faults
from libs.contracts.records import Link
from libs.contracts.rows import split_ids
from libs.database.queries import QUERIES
from services.writer.inventory.arrays import UuidArray
from services.writer.inventory.rows import Content, Row

Connection = psycopg.Connection[tuple[object, ...]]


def missing_references(connection: Connection, content: Content, tenant: uuid.UUID) -> dict[int, list[Fault]]:
    """By position: a fault for every id in a record's lists that the tenant does not have."""
    faulty: dict[int, list[Fault]] = {}
    if not content.shape.entity.links:
        return faulty
    connection.execute(QUERIES["lock_tenant_shared"], {"tenant": tenant})
    unknown = [
        _unknown(connection, link, tenant, targets) if targets else set()
        for link, targets in zip(content.shape.links, content.targets, strict=True)
    ]
    for row in content.rows if any(unknown) else ():
        if faults := kept_faults(_faults(content.shape.links, row, unknown)):
            faulty[row.position] = faults
    return faulty


def _faults(links: Sequence[Link], row: Row, unknown: Sequence[set[bytes]]) -> Iterator[Fault]:
    for link, targets, missing in zip(links, row.links, unknown, strict=True):
        for place, target in enumerate(split_ids(targets) if missing else ()):
            if target in missing:
                yield Fault("REFERENCE_UNKNOWN", f"/{link.field}/{place}", {"target": link.target})


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
