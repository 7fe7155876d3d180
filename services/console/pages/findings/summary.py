"""How the rules stand, in a few figures: from the counts of their last runs, which nobody has to count again."""

import datetime
import uuid
from collections.abc import Sequence

from msgspec import Struct

from libs.contracts.compliance.findings import SEVERITIES, RuleView


class Summary(Struct, frozen=True, kw_only=True):
    """All rules together."""

    found: dict[str, int]
    """By severity, the gravest first; what is accepted is left out."""
    accepted: int
    new: int
    resolved: int
    failed: int
    ran_at: datetime.datetime | None
    """When the newest of the last runs came to its last rule; null where there was none."""
    job_id: uuid.UUID | None


def summary_of(rules: Sequence[RuleView]) -> Summary:
    """What they say together."""
    ran = [rule for rule in rules if rule.ran_at is not None]
    newest = max(ran, key=lambda rule: (rule.ran_at, rule.code), default=None)
    of_newest = [rule for rule in ran if newest and rule.job_id == newest.job_id]
    return Summary(
        found={
            severity: sum(rule.found - rule.accepted for rule in rules if rule.severity == severity)
            for severity in SEVERITIES
        },
        accepted=sum(rule.accepted for rule in rules), new=sum(rule.new for rule in of_newest),
        resolved=sum(rule.resolved for rule in of_newest), failed=sum(rule.error is not None for rule in rules),
        ran_at=newest.ran_at if newest else None, job_id=newest.job_id if newest else None,
    )  # fmt: skip
