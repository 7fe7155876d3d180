"""Audit entries: who does what, now."""

import datetime
import time
import uuid

from libs.contracts.ids import uuid7
from libs.contracts.jobs import AuditEntry
from libs.intake.options import Origin


def audit_entry(
    origin: Origin,
    action: str,
    job_id: uuid.UUID,
    entity: str,
    counts: dict[str, int],
    reason: str = "",
    *,
    step: uuid.UUID | None = None,
) -> AuditEntry:
    """Who does what, now; a `step` that has a name of its own is entered once, however often it is taken."""
    now = datetime.datetime.now(datetime.UTC)
    return AuditEntry(
        id=step or uuid7(time.time_ns() // 1_000_000), tenant_id=origin.caller.tenant_id, at=now,
        actor=origin.caller.subject, action=action, job_id=job_id, entity=entity, request_id=origin.request_id,
        counts=counts, reason=reason,
    )  # fmt: skip
