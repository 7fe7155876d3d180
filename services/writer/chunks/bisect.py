"""Finds the rows that PostgreSQL refuses, by halves, and has the others written."""

from collections.abc import Callable, Sequence

import psycopg

from libs.contracts.chunks import Fault
from services.writer.chunks.retry_policy import ErrorKind, classify, constraint_of
from services.writer.inventory.rows import EXTERNAL_ID, Row
from services.writer.inventory.target import Applied

Write = Callable[[Sequence[Row]], Applied]
"""Writes rows in a savepoint of its own: all of them, or it raises psycopg.Error."""


def write_isolating(write: Write, rows: Sequence[Row]) -> Applied:
    """Write as many rows as can be written; each of the others gets a fault.

    Only errors of data (SQLSTATE 22xxx, 23xxx, and 54xxx, too large for PostgreSQL) are bisected; others are raised.
    """
    try:
        return write(rows)
    except psycopg.Error as error:
        if classify(error) is not ErrorKind.DATA:
            raise
        if len(rows) == 1:
            return Applied(faulty={rows[0].position: [_fault(error)]})
    middle = len(rows) // 2
    applied = write_isolating(write, rows[:middle])
    applied.add(write_isolating(write, rows[middle:]))
    return applied


def _fault(error: psycopg.Error) -> Fault:
    if error.sqlstate == "23505" and EXTERNAL_ID in constraint_of(error):
        return Fault("EXTERNAL_ID_TAKEN", "/external_id")
    return Fault("WRITE_REFUSED", params={"sqlstate": error.sqlstate})
