"""Finds what records refer to by external ids, as one set for each target table, and puts the ids beside the others."""

import uuid
from collections.abc import Sequence
from functools import cache
from operator import add
from typing import Any

import psycopg
from psycopg import sql

from libs.contracts import binary
from libs.contracts.inventory.records import Link
from libs.contracts.inventory.rows import LinkedIds, LinkedNames
from services.writer.inventory.arrays import TextArray
from services.writer.inventory.rows import Content

Connection = psycopg.Connection[Any]
Found = list[bytes]
"""By the place of a name: the id that it stands for as a uuid field, or nothing where the tenant has no such record."""


def find_names(connection: Connection, link: Link, tenant: uuid.UUID, names: Sequence[str]) -> Found:
    """Look external ids up. Raises psycopg.Error."""
    found = [b""] * len(names)
    if names:
        cursor = connection.cursor(binary=True)
        for place, target in cursor.execute(_lookup(link), {"tenant": tenant, "names": TextArray(names)}):
            found[place - 1] = binary.uuid(target)
    return found


def link_by_names(content: Content, found: Sequence[Found]) -> None:
    """Have each row refer to what its names stand for, beside what it refers to by ids.

    `found` has, for each of the shape's links, what its names stand for.
    """
    if any(found):
        lists = [
            _joined(ids, names, targets) if targets else ids.lists
            for ids, names, targets in zip(content.linked, content.named, found, strict=True)
        ]
        for row, links in zip(content.rows, zip(*lists, strict=True), strict=True):
            row.links = links


def _joined(ids: LinkedIds, names: LinkedNames, targets: Found) -> list[bytes]:
    found = [b"".join(map(targets.__getitem__, places)) for places in names.distinct]
    return list(map(add, ids.lists, map(found.__getitem__, names.lists)))


@cache
def _lookup(link: Link) -> sql.Composed:
    return sql.SQL(
        "SELECT place::integer, uuid_send(target) FROM unnest(%(names)s) WITH ORDINALITY AS wanted (name, place) "
        # OFFSET has each name looked up by itself, whatever the planner thinks of the table.
        "CROSS JOIN LATERAL (SELECT {id} AS target FROM {table} "
        "WHERE tenant_id = %(tenant)s AND external_id = wanted.name OFFSET 0) AS found"
    ).format(id=sql.Identifier(link.column), table=sql.Identifier("inventory", link.target))
