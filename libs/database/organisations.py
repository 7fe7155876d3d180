"""Who the tenants are: one row each, changed by people, with a version that counts the changes."""

import uuid
from typing import Any

from msgspec import convert, structs
from psycopg import sql
from psycopg_pool import ConnectionPool

from libs.contracts.inventory.organisation import MEMBERS, Kept, Organisation, StoredOrganisation
from libs.contracts.jobs import AuditEntry
from libs.contracts.refusals import Refusal
from libs.database.audit.trail import append_at_once
from libs.database.tenants import as_tenant

TABLE = sql.Identifier("inventory", "organisation")
_KEPT = (*MEMBERS, "version", "updated_by", "created_at", "updated_at")
_COLUMNS = sql.SQL(", ").join(map(sql.Identifier, _KEPT))
_READ = sql.SQL("SELECT {} FROM {} WHERE tenant_id = %(tenant)s").format(_COLUMNS, TABLE)
# Nothing is made where a version is meant that there is not; version 0 is meant where there is to be none.
_PUT = sql.SQL("""
INSERT INTO {table} AS o (tenant_id, {members}, updated_by)
SELECT %(tenant)s, {values}, %(updated_by)s
WHERE coalesce(%(version)s::integer, 0) = 0 OR EXISTS (SELECT FROM {table} WHERE tenant_id = %(tenant)s)
ON CONFLICT (tenant_id) DO UPDATE
SET {assignments}, updated_by = excluded.updated_by, version = o.version + 1, updated_at = now()
WHERE %(version)s::integer IS NULL OR o.version = %(version)s
RETURNING {columns}
""").format(
    table=TABLE,
    columns=_COLUMNS,
    members=sql.SQL(", ").join(map(sql.Identifier, MEMBERS)),
    values=sql.SQL(", ").join(map(sql.Placeholder, MEMBERS)),
    assignments=sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in MEMBERS
    ),
)  # fmt: skip
_EMPTY: dict[str, Any] = {"exempt_claimed": False, "processing_services": []}
"""What is kept in place of null."""


class OrganisationStore:
    """For roles `sluice_tasks` and `sluice_processor`; a reader may read.

    Every method raises psycopg.Error while PostgreSQL is away.
    """

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def find(self, tenant_id: uuid.UUID) -> Kept | None:
        """The tenant's, if anybody has said who it is."""
        with as_tenant(self._pool, tenant_id) as cursor:
            row = cursor.execute(_READ, {"tenant": tenant_id}).fetchone()
        return convert(row, StoredOrganisation) if row else None

    def put(self, tenant_id: uuid.UUID, said: Organisation, version: int | None, audit: AuditEntry) -> Kept:
        """Have it be this, if this version is what is there; of several at once one is the last.

        Without a version it is this whatever was there; version 0 is that nothing was. Raises Refusal where another
        version is there, or none.
        """
        members = {name: _EMPTY.get(name) if value is None else value for name, value in structs.asdict(said).items()}
        values = {**members, "tenant": tenant_id, "version": version, "updated_by": audit.actor}
        with as_tenant(self._pool, tenant_id) as cursor:
            row = cursor.execute(_PUT, values).fetchone()
            if row is None:
                raise Refusal("ORGANISATION_CHANGED")
            append_at_once(cursor.connection, audit)
        return convert(row, StoredOrganisation)
