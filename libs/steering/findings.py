"""What people decide about findings, and the rules that they make, whoever asks."""

import re
import uuid

from libs.compliance.decisions import DecisionStore
from libs.compliance.findings import FindingReader, Place
from libs.compliance.own_rule_store import OwnRuleStore, PutRule
from libs.compliance.own_rules import require_fit
from libs.contracts.compliance.findings import LONGEST_ACCEPTANCE, AcceptBody, FindingView, today
from libs.contracts.compliance.own_rules import CODE_PATTERN, OwnRule, OwnRuleBody
from libs.contracts.jobs import AuditEntry
from libs.contracts.refusals import Refusal
from libs.intake.audit import audit_entry
from libs.intake.options import Origin

ANY_CODE = "[A-Z0-9-]{1,32}"
NO_JOB = uuid.UUID(int=0)
"""What an entry of the audit trail names where it is about no job."""


class FindingDesk:
    """Every method raises Refusal, and psycopg.Error while PostgreSQL is away."""

    def __init__(self, findings: FindingReader, decisions: DecisionStore, own_rules: OwnRuleStore) -> None:
        self.findings = findings
        self._decisions = decisions
        self._own_rules = own_rules

    def accept(self, origin: Origin, place: Place, body: AcceptBody) -> FindingView:
        """Accept what is open until a day."""
        day = today()
        if not day <= body.until <= day + LONGEST_ACCEPTANCE:
            raise Refusal("ACCEPT_UNTIL", earliest=day, latest=day + LONGEST_ACCEPTANCE)
        tenant_id, reason = origin.caller.tenant_id, body.reason.strip()
        if not self._decisions.accept(tenant_id, place, body.until, _entry(origin, "accept", place, reason)):
            raise Refusal("FINDING_NOT_FOUND")
        return self._found(tenant_id, place)

    def reopen(self, origin: Origin, place: Place, reason: str) -> FindingView:
        """Accept it no longer."""
        tenant_id = origin.caller.tenant_id
        if not self._decisions.reopen(tenant_id, place, _entry(origin, "reopen", place, reason)):
            raise Refusal("FINDING_NOT_ACCEPTED")
        return self._found(tenant_id, place)

    def own_rule(self, tenant_id: uuid.UUID, code: str) -> OwnRule:
        """A rule that the tenant has made."""
        return self._own_rules.find(tenant_id, _named(code))

    def put_rule(self, origin: Origin, code: str, body: OwnRuleBody, version: str | None = None) -> PutRule:
        """Make a rule, or have it be another; where a version is given, only the one that was put then.

        A version is `updated_at` as text, or empty for a rule that is not there yet.
        """
        entry = audit_entry(origin, "rule.put", NO_JOB, f"rule:{_named(code)}", {})
        return self._own_rules.put(origin.caller.tenant_id, code, require_fit(body), entry, version)

    def drop_rule(self, origin: Origin, code: str) -> None:
        """Have it be no more."""
        entry = audit_entry(origin, "rule.delete", NO_JOB, f"rule:{_named(code)}", {})
        self._own_rules.drop(origin.caller.tenant_id, code, entry)

    def _found(self, tenant_id: uuid.UUID, place: Place) -> FindingView:
        found = self.findings.one(tenant_id, place)
        if found is None:
            raise Refusal("FINDING_NOT_FOUND")
        return found


def place_of(code: str, record: str) -> Place:
    """A finding's place, by the texts of an address. Raises Refusal."""
    if not re.fullmatch(ANY_CODE, code):
        raise Refusal("FINDING_NOT_FOUND")
    try:
        return Place(code, uuid.UUID(record))
    except ValueError as error:
        raise Refusal("FINDING_NOT_FOUND") from error


def _named(code: str) -> str:
    if not re.fullmatch(CODE_PATTERN, code):
        raise Refusal("RULE_CODE")
    return code


def _entry(origin: Origin, action: str, place: Place, reason: str) -> AuditEntry:
    return audit_entry(origin, f"finding.{action}", NO_JOB, f"finding:{place.code}:{place.record_id}", {}, reason)
