"""The rules that a tenant has made, kept one tenant at a time under row level security."""

import uuid
from typing import Any

from msgspec import Struct, convert
from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from libs.contracts.compliance.own_rules import MOST_OWN_RULES, OwnRule, OwnRuleBody
from libs.contracts.jobs import AuditEntry
from libs.contracts.refusals import Refusal
from libs.database.audit.trail import append_at_once
from libs.database.queries import QUERIES
from libs.database.tenants import as_tenant


class PutRule(Struct, frozen=True):
    """A rule that was put, and whether there was none before."""

    rule: OwnRule
    made: bool


class OwnRuleStore:
    """For role `sluice_tasks`. Every method raises psycopg.Error while PostgreSQL is away."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def find(self, tenant_id: uuid.UUID, code: str) -> OwnRule:
        """One of them. Raises Refusal."""
        with as_tenant(self._pool, tenant_id) as cursor:
            row = cursor.execute(QUERIES["read_own_rules"], {"tenant": tenant_id, "code": code}).fetchone()
        if row is None:
            raise Refusal("RULE_NOT_FOUND")
        return _rule(row)

    def put(
        self, tenant_id: uuid.UUID, code: str, body: OwnRuleBody, audit: AuditEntry, version: str | None = None
    ) -> PutRule:
        """Make a rule, or have it be another: what it had found is found anew by the next run. Raises Refusal."""
        values: dict[str, Any] = {
            "tenant": tenant_id, "code": code, "entity": body.entity, "severity": body.severity, "field": body.field,
            "operator": body.operator, "value": Jsonb(body.value), "text_vi": body.text_vi, "text_en": body.text_en,
            "actor": audit.actor,
        }  # fmt: skip
        with as_tenant(self._pool, tenant_id) as cursor:
            cursor.execute(QUERIES["lock_trail"], values)  # so that two at once do not both find room for one more
            if version is not None:
                _require_version(cursor, values, version)
            row = cursor.execute(QUERIES["put_own_rule"], values).fetchone()
            assert row is not None
            if row["made"]:
                _require_room(cursor, tenant_id)
            cursor.execute(QUERIES["forget_rule_state"], values)
            append_at_once(cursor.connection, audit)
        return PutRule(_rule(row), row["made"])

    def drop(self, tenant_id: uuid.UUID, code: str, audit: AuditEntry) -> None:
        """Have it be no more; the next run forgets what it had found. Raises Refusal."""
        values = {"tenant": tenant_id, "code": code}
        with as_tenant(self._pool, tenant_id) as cursor:
            if cursor.execute(QUERIES["drop_own_rule"], values).fetchone() is None:
                raise Refusal("RULE_NOT_FOUND")
            cursor.execute(QUERIES["forget_rule_state"], values)
            append_at_once(cursor.connection, audit)


def _require_version(cursor: Cursor[DictRow], values: dict[str, Any], version: str) -> None:
    row = cursor.execute(QUERIES["read_own_rules"], values).fetchone()
    if (row["updated_at"].isoformat() if row else "") != version:
        raise Refusal("OWN_RULE_CHANGED")


def _require_room(cursor: Cursor[DictRow], tenant_id: uuid.UUID) -> None:
    found = cursor.execute(QUERIES["count_own_rules"], {"tenant": tenant_id}).fetchone()
    if found and found["found"] > MOST_OWN_RULES:
        raise Refusal("OWN_RULES_OF_TENANT", limit=MOST_OWN_RULES)


def _rule(row: DictRow) -> OwnRule:
    return convert({name: row[name] for name in OwnRule.__struct_fields__}, OwnRule)
