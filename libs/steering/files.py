"""What the audit trail says of people who bring files and take them away."""

import uuid
from typing import Literal

from libs.contracts.jobs import AuditEntry
from libs.intake.audit import audit_entry
from libs.intake.options import Origin


def file_audit(origin: Origin, action: Literal["bring", "delete"], file_id: uuid.UUID) -> AuditEntry:
    """Who does it, now; what is in a file is no part of the trail, nor is its name."""
    return audit_entry(origin, f"file.{action}", file_id, "", {})
