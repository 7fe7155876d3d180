"""Which rejected records were mended and sent again, and as which batch."""

import datetime
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from libs.contracts.jobs import AuditEntry
from libs.contracts.refusals import Refusal
from libs.database.audit.trail import append_at_once
from libs.database.queries import QUERIES
from libs.database.tenants import as_tenant

MOST_SHOWN = 50


class Mending(Struct, frozen=True, kw_only=True):
    """Some records of a job that were sent again."""

    batch_id: uuid.UUID
    """What they were sent as."""
    job_id: uuid.UUID
    """What had rejected them: a batch, or a load."""
    records: int
    created_by: str
    created_at: datetime.datetime


class NewMending(Struct, frozen=True, kw_only=True):
    """Some records that are about to be sent again."""

    tenant_id: uuid.UUID
    batch_id: uuid.UUID
    job_id: uuid.UUID
    indexes: list[int]
    created_by: str
    is_task: bool
    """Whether the job is one, which has a story of its own."""


class MendingStore:
    """Mendings of one tenant at a time. Every method raises psycopg.Error while PostgreSQL is away."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    @contextmanager
    def noting(self, new: NewMending, audit: AuditEntry) -> Iterator[bool]:
        """Note a mending with its audit entry, unless the context fails; false where it is noted already.

        Who comes at the same time with the same records waits for the end of the context. Raises Refusal where one of
        them was sent in another batch.
        """
        values = msgspec.structs.asdict(new) | {"records": len(new.indexes)}
        with as_tenant(self._pool, new.tenant_id) as cursor:
            cursor.execute(QUERIES["note_sent_again"], values)
            if cursor.rowcount < len(new.indexes):
                cursor.execute(QUERIES["sent_as"], values)
                if {row["batch_id"] for row in cursor} != {new.batch_id}:
                    raise Refusal("MENDED_ALREADY")
                yield False
                return
            cursor.execute(QUERIES["note_mending"], values)
            if new.is_task:
                told = {"records": len(new.indexes), "batch": str(new.batch_id), "reason": audit.reason}
                line = {"tenant": new.tenant_id, "task": new.job_id, "code": "MENDED", "actor": new.created_by}
                cursor.execute(QUERIES["log_task"], {**line, "params": Jsonb(told)})
            append_at_once(cursor.connection, audit)
            yield True

    def of_job(self, tenant_id: uuid.UUID, job_id: uuid.UUID) -> list[Mending]:
        """The newest mendings of a job."""
        values = {"tenant_id": tenant_id, "job_id": job_id, "limit": MOST_SHOWN}
        with as_tenant(self._pool, tenant_id) as cursor:
            return msgspec.convert(cursor.execute(QUERIES["mendings_of_job"], values).fetchall(), list[Mending])

    def as_batch(self, tenant_id: uuid.UUID, batch_id: uuid.UUID) -> Mending | None:
        """What a batch mends; None where it mends nothing."""
        with as_tenant(self._pool, tenant_id) as cursor:
            row = cursor.execute(QUERIES["read_mending"], {"tenant_id": tenant_id, "batch_id": batch_id}).fetchone()
        return msgspec.convert(row, Mending) if row else None

    def sent_again(self, tenant_id: uuid.UUID, job_id: uuid.UUID, indexes: Sequence[int]) -> set[int]:
        """Those of these records that were sent again."""
        values = {"tenant_id": tenant_id, "job_id": job_id, "indexes": list(indexes)}
        with as_tenant(self._pool, tenant_id) as cursor:
            return {row["record_index"] for row in cursor.execute(QUERIES["sent_as"], values)}
