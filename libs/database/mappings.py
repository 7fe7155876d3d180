"""Mappings of columns to fields: versions that are added and never changed, one tenant at a time."""

import uuid
from typing import Any

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from libs.contracts.files.mappings import Mapping, MappingStatus, MappingSummary, StoredMapping
from libs.contracts.jobs import AuditEntry
from libs.contracts.refusals import Refusal
from libs.database.audit.trail import append_at_once
from libs.database.queries import QUERIES
from libs.database.tenants import as_tenant

NEWEST = uuid.UUID(int=(1 << 128) - 1)
MOST_HISTORY = 100
"""Approved versions that the tenant's history is read from, the newest ones."""


class NewMapping(Struct, frozen=True, kw_only=True):
    """A mapping's first version."""

    tenant_id: uuid.UUID
    mapping_id: uuid.UUID
    content: Mapping
    signature: bytes
    """Of the names of its columns."""
    created_by: str
    file_id: uuid.UUID | None = None


class MappingStore:
    """The mappings of all tenants, for roles `sluice_tasks` and `sluice_processor`.

    Every method raises psycopg.Error while PostgreSQL is away.
    """

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def mapping(self, tenant_id: uuid.UUID, mapping_id: uuid.UUID, version: int | None = None) -> StoredMapping | None:
        """One version of a mapping, the newest where none is named."""
        values = {"tenant": tenant_id, "mapping": mapping_id, "version": version}
        return self._one(tenant_id, "read_mapping", values)

    def page(
        self,
        tenant_id: uuid.UUID,
        *,
        before: uuid.UUID | None,
        entity: str | None,
        status: MappingStatus | None,
        limit: int,
    ) -> list[MappingSummary]:
        """The newest mappings that were made before another one, `limit` unless there are no more."""
        values = {
            "tenant": tenant_id, "before": before or NEWEST, "entity": entity, "status": status, "limit": limit,
        }  # fmt: skip
        with as_tenant(self._pool, tenant_id) as cursor:
            return msgspec.convert(cursor.execute(QUERIES["list_mappings"], values).fetchall(), list[MappingSummary])

    def add(self, new: NewMapping, audit: AuditEntry | None = None) -> StoredMapping:
        """Make a mapping durable. One with this id stays as it is: a task that was interrupted repeats itself."""
        values = {
            "tenant": new.tenant_id, "mapping": new.mapping_id, "entity": new.content.entity, "file": new.file_id,
            "signature": new.signature, "content": _json(new.content), "created_by": new.created_by,
        }  # fmt: skip
        added = self._one(new.tenant_id, "add_mapping", values, audit)
        stored = added or self.mapping(new.tenant_id, new.mapping_id, 1)
        assert stored is not None
        return stored

    def change(
        self, tenant_id: uuid.UUID, mapping_id: uuid.UUID, version: int, content: Mapping, audit: AuditEntry
    ) -> StoredMapping:
        """The version after this one. Raises Refusal where this one is not the newest."""
        values = {
            "tenant": tenant_id, "mapping": mapping_id, "version": version, "content": _json(content),
            "created_by": audit.actor,
        }  # fmt: skip
        return self._next(tenant_id, "change_mapping", values, audit)

    def approve(self, tenant_id: uuid.UUID, mapping_id: uuid.UUID, version: int, audit: AuditEntry) -> StoredMapping:
        """The version after this one: the same, approved. Raises Refusal where this one is not the newest."""
        values = {"tenant": tenant_id, "mapping": mapping_id, "version": version, "created_by": audit.actor}
        return self._next(tenant_id, "approve_mapping", values, audit)

    def approved(self, tenant_id: uuid.UUID, entity: str | None, signature: bytes) -> StoredMapping | None:
        """What was approved last for a file with the same header."""
        values = {"tenant": tenant_id, "entity": entity, "signature": signature}
        return self._one(tenant_id, "approved_mapping", values)

    def for_files(
        self, tenant_id: uuid.UUID, signatures: dict[uuid.UUID, bytes], *, limit: int
    ) -> dict[uuid.UUID, list[MappingSummary]]:
        """By file, whose header has that signature: its newest mappings, and those of files like it."""
        values = {
            "tenant": tenant_id, "files": list(signatures), "signatures": list(signatures.values()), "limit": limit,
        }  # fmt: skip
        found: dict[uuid.UUID, list[MappingSummary]] = {file_id: [] for file_id in signatures}
        with as_tenant(self._pool, tenant_id) as cursor:
            for row in cursor.execute(QUERIES["mappings_for_files"], values).fetchall():
                found[row.pop("wanted")].append(msgspec.convert(row, MappingSummary))
        return found

    def history(self, tenant_id: uuid.UUID, entity: str) -> dict[str, str]:
        """By a column's name, as it was written: the field that was approved for it last."""
        values = {"tenant": tenant_id, "entity": entity, "limit": MOST_HISTORY}
        with as_tenant(self._pool, tenant_id) as cursor:
            return {row["name"]: row["target"] for row in cursor.execute(QUERIES["approved_names"], values)}

    def _next(self, tenant_id: uuid.UUID, query: str, values: dict[str, Any], audit: AuditEntry) -> StoredMapping:
        stored = self._one(tenant_id, query, values, audit)
        if stored is None:
            raise Refusal("MAPPING_CHANGED")
        return stored

    def _one(
        self, tenant_id: uuid.UUID, query: str, values: dict[str, Any], audit: AuditEntry | None = None
    ) -> StoredMapping | None:
        with as_tenant(self._pool, tenant_id) as cursor:
            row = cursor.execute(QUERIES[query], values).fetchone()
            if row and audit:
                append_at_once(cursor.connection, audit)
        return msgspec.convert(row, StoredMapping) if row else None


def _json(content: Mapping) -> Jsonb:
    return Jsonb(msgspec.to_builtins(content))
