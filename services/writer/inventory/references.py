"""Checks that what the records of a chunk refer to exists, as one set for each target table.

The transaction holds the tenant's advisory lock shared from before the look-up until its end, so that nothing it has
found can be deleted before the links are committed.
"""

import uuid
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain

import psycopg
from psycopg import sql

from libs.contracts.chunks import Fault, kept_faults
from libs.contracts.inventory.records import Link
from libs.contracts.inventory.rows import split_ids
from libs.database.queries import QUERIES
from services.writer.inventory.arrays import UuidArray
from services.writer.inventory.names import Found, find_names, link_by_names
from services.writer.inventory.rows import Content, Row

Connection = psycopg.Connection[tuple[object, ...]]


def settle_references(connection: Connection, content: Content, tenant: uuid.UUID) -> dict[int, list[Fault]]:
    """Find what the records refer to; those that are named by external ids are put beside the others.

    Returns, by position, a fault for every id or external id in a record's lists that the tenant does not have.
    """
    if not content.shape.entity.links:
        return {}
    connection.execute(QUERIES["lock_tenant_shared"], {"tenant": tenant})
    links = content.shape.links
    unknown = [
        _unknown(connection, link, tenant, ids.targets) if ids.targets else set()
        for link, ids in zip(links, content.linked, strict=True)
    ]
    found = [
        find_names(connection, link, tenant, names.names) for link, names in zip(links, content.named, strict=True)
    ]
    faulty = _faulty(content, unknown, found)
    link_by_names(content, found)
    return faulty


def _faulty(content: Content, unknown: Sequence[set[bytes]], found: Sequence[Found]) -> dict[int, list[Fault]]:
    faulty: dict[int, list[Fault]] = {}
    all_found = not any(unknown) and not any(b"" in targets for targets in found)
    for row in () if all_found else content.rows:
        if faults := kept_faults(chain(_id_faults(content, row, unknown), _name_faults(content, row, found))):
            faulty[row.position] = faults
    return faulty


def _id_faults(content: Content, row: Row, unknown: Sequence[set[bytes]]) -> Iterator[Fault]:
    for link, ids, missing in zip(content.shape.links, content.linked, unknown, strict=True):
        for place, target in enumerate(split_ids(ids.lists[row.position]) if missing else ()):
            if target in missing:
                yield Fault("REFERENCE_UNKNOWN", f"/{link.field}/{place}", {"target": link.target})


def _name_faults(content: Content, row: Row, found: Sequence[Found]) -> Iterator[Fault]:
    for link, names, targets in zip(content.shape.links, content.named, found, strict=True):
        for place, name in enumerate(names.distinct[names.lists[row.position]]):
            if not targets[name]:
                yield Fault("EXTERNAL_ID_UNKNOWN", f"/{link.names}/{place}", {"target": link.target})


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
