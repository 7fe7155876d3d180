"""Writes accepted rows by the job's mode: insert, ignore or upsert.

`insert` tries a straight COPY. The other two ask first what is stored: what is the same needs nothing, and what is new
goes the way of `insert`. The rest goes through a staging table that says which rows exist and what differs, as does all
that the COPY has met with a row that exists.
"""

from collections.abc import Sequence
from contextlib import suppress
from operator import attrgetter
from typing import Any

import psycopg
from psycopg import errors

from services.writer.chunks.retry_policy import constraint_of
from services.writer.inventory.copy import copy_records, insert_links
from services.writer.inventory.fingerprints import mark
from services.writer.inventory.known import Known, look_up
from services.writer.inventory.merging import merge
from services.writer.inventory.rows import Row, without_repeats
from services.writer.inventory.target import Applied, Target

MET = (errors.UniqueViolation, errors.InternalError_)
"""What a COPY answers that has met a row which exists: of a PostgreSQL of several nodes, that something was refused."""


def apply(connection: psycopg.Connection[Any], target: Target, rows: Sequence[Row]) -> Applied:
    """Write rows in a savepoint of their own. Raises psycopg.Error where PostgreSQL refuses them as a whole."""
    if not rows:
        return Applied()
    if target.mode == "insert":
        try:
            return _copy_in(connection, target, rows)
        except MET as error:
            if constraint_of(error).startswith(tuple(link.table for link in target.shape.links)):
                with suppress(errors.UniqueViolation):
                    return _copy_in(connection, target, list(map(without_repeats, rows)))
        return merge(connection, target, rows)
    return _merge_what_differs(connection, target, rows)


def _merge_what_differs(connection: psycopg.Connection[Any], target: Target, rows: Sequence[Row]) -> Applied:
    upsert = target.mode == "upsert"
    if upsert:
        mark(target.shape, rows)
    with connection.cursor(binary=True) as cursor:
        known = look_up(cursor, target.shape, target.tenant, rows, compare=upsert)
    applied = _same(rows, known)
    if len(known.same) == len(rows):
        return applied
    # All that is updated is locked before anything is inserted.
    with suppress(*MET), connection.transaction():
        written = merge(connection, target, known.other)
        written.add(_copy_in(connection, target, known.new))
        applied.add(written)
        return applied
    # Somebody was faster with a row that was new, or two of them have an id of a list twice.
    applied.add(merge(connection, target, sorted((*known.new, *known.other), key=attrgetter("position"))))
    return applied


def _same(rows: Sequence[Row], known: Known) -> Applied:
    """What became of rows that are stored as they are."""
    stored = known.same
    named = {row.index: found for row in rows if (found := stored.get(row.position)) and found != row.id}
    return Applied(unchanged=len(stored), resolved=named)


def _copy_in(connection: psycopg.Connection[Any], target: Target, rows: Sequence[Row]) -> Applied:
    if not rows:
        return Applied()
    with connection.transaction(), connection.cursor() as cursor:
        copy_records(cursor, target.shape, (target.tenant, target.job, rows))
        insert_links(cursor, target.shape, target.tenant, rows)
    return Applied(created=len(rows))
