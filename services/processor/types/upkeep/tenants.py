"""Opens a job of one type for every tenant; each has the same key in its tenant, so that a repeat opens none twice."""

import time
import uuid
from typing import Any

import msgspec

from libs.contracts.ids import uuid7
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import NewTask, TaskKind, TaskRef
from libs.contracts.tasks.registry import KINDS
from libs.contracts.tasks.schedules import SYSTEM_TENANT
from libs.contracts.tasks.types.upkeep.tenants import TenantsResult
from libs.database.queries import QUERIES
from libs.database.tenants import all_tenants, as_tenant
from libs.identity.callers import Caller
from libs.intake.audit import audit_entry
from libs.intake.options import Origin
from libs.tasks.context import Context, TaskFailedError
from libs.telemetry.process.crashpoints import crash_point
from services.processor.tools import Tools


def run(context: Context, tools: Tools) -> TenantsResult:
    """Open them, and wake who runs them."""
    kind = KINDS.get(context.parameters.type)
    if kind is None:
        raise TaskFailedError("TASK_TYPE_NOT_FOUND", known=", ".join(KINDS))
    parameters = _parameters(kind, context.parameters.parameters)
    tenants = [each for each in all_tenants(tools.pool) if each != SYSTEM_TENANT]
    opened = 0
    for number, tenant in enumerate(tenants):
        context.progress("open", number / len(tenants), {"jobs": number, "jobs_done": opened})
        opened += _open(context, tools, kind, parameters, tenant)
        crash_point("tenants.after_open")
    return TenantsResult(opened=opened, left_out=len(tenants) - opened)


def _parameters(kind: TaskKind, given: dict[str, Any]) -> dict[str, Any]:
    """As a request would have them. Raises Refusal."""
    try:
        built: dict[str, Any] = msgspec.to_builtins(msgspec.convert(given, kind.parameters))
    except msgspec.ValidationError as error:
        raise Refusal("TASK_PARAMETERS", reason=str(error), reason_vi=str(error)) from error
    return built


def _open(context: Context, tools: Tools, kind: TaskKind, parameters: dict[str, Any], tenant: uuid.UUID) -> bool:
    """Open a tenant's; False where the one before has not ended."""
    asked, key = context.task, f"tenants-{context.task.task_id}"
    with as_tenant(tools.pool, tenant) as cursor:
        values = {"tenant": tenant, "type": kind.name, "actor": asked.created_by, "key": key}
        if cursor.execute(QUERIES["has_open_task"], values).fetchone() is not None:
            return False
    task_id, lane = uuid7(time.time_ns() // 1_000_000), parameters.get("lane", "normal")
    task = NewTask(
        tenant_id=tenant, task_id=task_id, type=kind.name, parameters=parameters, lane=lane,
        entity=parameters.get("entity"), created_by=asked.created_by, request_id=asked.request_id,
        traceparent=asked.traceparent, idempotency_key=key,
    )  # fmt: skip
    origin = Origin(Caller(asked.created_by, tenant, frozenset()), asked.request_id, asked.traceparent, kind.name)
    opened = tools.desk.open(task, audit_entry(origin, f"{kind.name}.open", task_id, task.entity or "", {}))
    tools.publisher.publish([TaskRef(tenant, opened.task_id, lane)])
    return True
