"""What people decide about findings, kept together with its entry in the audit trail."""

import datetime
import uuid

from psycopg_pool import ConnectionPool

from libs.compliance.findings import Place
from libs.contracts.jobs import AuditEntry
from libs.database.audit.trail import append_at_once
from libs.database.queries import QUERIES
from libs.database.tenants import as_tenant


class DecisionStore:
    """For role `sluice_tasks`. Every method raises psycopg.Error while PostgreSQL is away."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def accept(self, tenant_id: uuid.UUID, place: Place, until: datetime.date, entry: AuditEntry) -> bool:
        """Accept what is open, for the reason of the entry; False where there is no such finding."""
        return self._decide("accept_finding", tenant_id, place, entry, until)

    def reopen(self, tenant_id: uuid.UUID, place: Place, entry: AuditEntry) -> bool:
        """Accept it no longer; False where it is not accepted."""
        return self._decide("reopen_finding", tenant_id, place, entry, None)

    def _decide(
        self, query: str, tenant_id: uuid.UUID, place: Place, entry: AuditEntry, until: datetime.date | None
    ) -> bool:
        values = {
            "tenant": tenant_id, "rule": place.code, "record": place.record_id, "until": until, "actor": entry.actor,
            "reason": entry.reason,
        }  # fmt: skip
        with as_tenant(self._pool, tenant_id) as cursor:
            if cursor.execute(QUERIES[query], values).fetchone() is None:
                return False
            append_at_once(cursor.connection, entry)
        return True
