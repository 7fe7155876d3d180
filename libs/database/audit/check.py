"""Walks a tenant's chain of audit entries and finds where it breaks."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from msgspec import Struct
from psycopg.rows import class_row, scalar_row

from libs.contracts.jobs import AuditEntry
from libs.database.audit.trail import NOTHING_YET, Head, following
from libs.database.queries import QUERIES
from libs.database.server.session import Connection, session, state

AT_ONCE = 1_000

Kind = Literal["MISSING", "CHANGED", "CUT_OFF", "NOT_AS_NOTED"]


class Row(Struct, frozen=True, kw_only=True):
    """An entry as it is stored."""

    seq: int
    hash: bytes | None
    audit_id: uuid.UUID
    tenant_id: uuid.UUID
    at: Any
    actor: str
    action: str
    job_id: uuid.UUID
    entity: str
    request_id: str
    counts: Any
    reason: str


class Break(Struct, frozen=True):
    """The first entry of a chain that is not what it was."""

    kind: Kind
    tenant_id: uuid.UUID
    seq: int


class Chain(Struct, frozen=True):
    """A tenant's chain as far as it is whole."""

    tenant_id: uuid.UUID
    head: Head
    broken: Break | None


@contextmanager
def auditor(database_url: str) -> Iterator[Connection]:
    """A session that sees one moment of all trails, and changes nothing. Raises ValueError, psycopg.Error.

    Who does not see all rows gets an error: a chain that is not seen is not whole.
    """
    with session(database_url, "audit") as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute("SET LOCAL ROLE sluice_writer")
        state(connection, local=True)
        connection.execute("SET LOCAL row_security = off")
        yield connection


def tenants(connection: Connection, tenant: uuid.UUID | None) -> list[uuid.UUID]:
    """Whose trails there are, of one tenant or of all."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(QUERIES["trails"], {"tenant": tenant}).fetchall()


def outside(connection: Connection, tenant: uuid.UUID | None) -> int:
    """How many entries are older than their chain, and stand in none."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return int(cursor.execute(QUERIES["count_outside_trails"], {"tenant": tenant}).fetchone() or 0)


def check(connection: Connection, tenant: uuid.UUID, noted: Head | None) -> Chain:
    """Walk one chain; `noted` is a head that was written down elsewhere at some time."""
    head = NOTHING_YET
    with connection.cursor(f"trail {tenant}", row_factory=class_row(Row)) as cursor:
        cursor.itersize = AT_ONCE
        for row in cursor.execute(QUERIES["read_trail"], {"tenant": tenant}):
            if row.seq != head.seq + 1:
                return Chain(tenant, head, Break("MISSING", tenant, head.seq + 1))
            found = _following(head, row)
            if found is None or found.hash != row.hash:
                return Chain(tenant, head, Break("CHANGED", tenant, row.seq))
            if noted and noted.seq == found.seq and noted.hash != found.hash:
                return Chain(tenant, head, Break("NOT_AS_NOTED", tenant, row.seq))
            head = found
    cut_off = noted is not None and noted.seq > head.seq
    return Chain(tenant, head, Break("CUT_OFF", tenant, head.seq + 1) if cut_off else None)


def _following(head: Head, row: Row) -> Head | None:
    """The head that the entry makes; None where a value is none that was ever stored."""
    entry = AuditEntry(
        id=row.audit_id, tenant_id=row.tenant_id, at=row.at, actor=row.actor, action=row.action, job_id=row.job_id,
        entity=row.entity, request_id=row.request_id, counts=row.counts,
        reason=row.reason,
    )  # fmt: skip
    try:
        return following(head, entry)
    except (TypeError, AttributeError):
        return None
