"""Rules that a tenant makes: what they find, and that nothing of them is ever SQL."""

import datetime
import uuid
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace

from libs.compliance.findings import FindingFilter
from libs.compliance.own_rules import OF_KIND, fields_of, require_fit, rule_of
from libs.contracts.compliance.findings import today
from libs.contracts.compliance.own_rules import MOST_OWN_RULES, OPERATORS, OwnRule, OwnRuleBody
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.refusals import Refusal
from tests.integration.compliance.inventory import DAY, Inventory, RulesBench
from tests.integration.compliance.test_findings import listed

HOSTILE = ["'; DROP TABLE work.finding; --", "%(tenant)s", "{id}", "%s%d%%", '"', "\\", "[a-z]*", ".*", "=cmd()", "ạ́"]


def body(**values: Any) -> OwnRuleBody:
    usual: dict[str, Any] = {"entity": "recipients", "field": "contact", "operator": "missing", "text_vi": "Thiếu"}
    return OwnRuleBody(**{**usual, **values})


def found_by(it: Inventory, wanted: OwnRuleBody) -> set[uuid.UUID]:
    """What a rule finds, straight away."""
    now = datetime.datetime.now(datetime.UTC)
    names = require_fit(wanted).__struct_fields__
    own = OwnRule(
        code="OWN-1",
        created_by="lan",
        created_at=now,
        updated_at=now,
        **{name: getattr(wanted, name) for name in names},
    )
    rule = rule_of(own)
    assert rule
    values = {**rule.values, "tenant": it.tenant, "today": today()}
    return {record for (record,) in it.sql.execute(rule.statement, values)}


def test_every_operator_finds_what_it_says(inventory: Inventory) -> None:
    it = inventory
    bare = it.recipient(contact="")
    named = it.recipient(contact="Phòng IT", country_code="SG", name_vi="CÔNG TY Điện Lực")
    assert found_by(it, body()) == {bare}
    assert found_by(it, body(field="country_code", operator="equals", value="SG")) == {named}
    assert found_by(it, body(field="recipient_type", operator="one_of", value=["processor"])) == {bare, named}
    assert found_by(it, body(field="name_vi", operator="contains", value="điện lực")) == {named}
    old = it.activity(started_on=today() - 31 * DAY)
    new = it.activity(started_on=today() - 30 * DAY, has_automated_decision_making=True)

    def activities(**values: Any) -> set[uuid.UUID]:
        return found_by(it, body(entity="processing-activities", **values))

    assert activities(field="started_on", operator="older_than_days", value=30) == {old}
    assert activities(field="started_on", operator="greater", value=str(today() - 31 * DAY)) == {new}
    assert activities(field="has_automated_decision_making", operator="equals", value=True) == {new}
    assert activities(field="updated_at", operator="older_than_days", value=0) == set()
    long_ago = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    it.change("processing_activity", old, retention_period_months=13, updated_at=long_ago)
    assert activities(field="retention_period_months", operator="greater", value=12) == {old}
    assert activities(field="retention_period_months", operator="less", value=13) == set()
    assert activities(field="retention_period_months", operator="one_of", value=[12, 13]) == {old}
    assert activities(field="updated_at", operator="older_than_days", value=10) == {old}


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_person_writes_is_only_ever_a_value(inventory: Inventory, text: str) -> None:
    hostile, plain = inventory.recipient(contact=f"x{text}y"), inventory.recipient(contact="a")
    assert found_by(inventory, body(operator="contains", value=text)) == {hostile}
    exact = inventory.recipient(contact=text)
    assert found_by(inventory, body(operator="equals", value=text)) == {exact}
    assert found_by(inventory, body(operator="one_of", value=[text, "a"])) == {exact, plain}
    for name in ("entity", "field", "operator"):
        with pytest.raises((Refusal, KeyError)):
            found_by(inventory, body(**{name: text}))


UNFIT: list[tuple[dict[str, Any], str]] = [
    ({"field": "tenant_id"}, "/field"),
    ({"field": "job_id"}, "/field"),
    ({"field": "recipient_id"}, "/field"),
    ({"field": "name_vi; --"}, "/field"),
    ({"operator": "greater", "value": 1}, "/operator"),
    ({"value": "x"}, "/value"),
    ({"operator": "equals"}, "/value"),
    ({"operator": "equals", "value": 1}, "/value"),
    ({"operator": "equals", "value": ""}, "/value"),
    ({"operator": "equals", "value": "x" * 501}, "/value"),
    ({"operator": "equals", "value": "a\0b"}, "/value"),
    ({"operator": "one_of", "value": []}, "/value"),
    ({"operator": "one_of", "value": ["x"] * 51}, "/value"),
    ({"operator": "one_of", "value": {"a": 1}}, "/value"),
    ({"field": "recipient_type", "operator": "equals", "value": "friend"}, "/value"),
    ({"field": "agreement_date", "operator": "less", "value": "2026-13-01"}, "/value"),
    ({"field": "agreement_date", "operator": "older_than_days", "value": -1}, "/value"),
    ({"field": "agreement_date", "operator": "older_than_days", "value": True}, "/value"),
    ({"entity": "data-transfers", "field": "data_subject_count", "operator": "greater", "value": 2**63}, "/value"),
    ({"entity": "data-transfers", "field": "data_subject_count", "operator": "greater", "value": 1.5}, "/value"),
]


@pytest.mark.parametrize(("values", "pointer"), UNFIT)
def test_what_fits_no_field_is_refused_with_a_pointer(values: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Refusal, match="OWN_RULE_UNFIT") as refused:
        require_fit(body(**values))
    assert refused.value.members == {"pointer": pointer}


def test_every_field_can_be_asked_whatever_its_operators_are(inventory: Inventory) -> None:
    values: dict[type, Any] = {str: "x", int: 3, bool: True, datetime.date: "2026-01-01"}
    for entity in ENTITIES:
        for field in fields_of(entity).values():
            for operator in field.operators:
                value = field.choices[0] if field.choices else values.get(field.kind, 3)
                given = {"missing": None, "one_of": [value], "older_than_days": 3}.get(operator, value)
                found_by(inventory, body(entity=entity, field=field.name, operator=operator, value=given))
    assert {each for operators in OF_KIND.values() for each in operators} == {*OPERATORS}


def test_a_rule_runs_with_the_others_until_it_is_deleted(rules_bench: RulesBench) -> None:
    it = rules_bench
    record = it.inventory.recipient(contact="Phòng IT")
    wanted = body(operator="contains", value="phòng", severity="error")
    put = it.desk.put_rule(it.origin, "OWN-PHONG", wanted)
    assert put.made
    assert it.run()["rules"]["OWN-PHONG"]["found"] == 1
    own = FindingFilter(codes=("OWN-PHONG",))
    assert listed(it, own) == [("OWN-PHONG", record)]
    view = next(each for each in it.store.rules(it.tenant) if each.own)
    assert (view.code, view.severity, view.found, view.text, view.text_vi) == (
        "OWN-PHONG",
        "error",
        1,
        "Thiếu",
        "Thiếu",
    )

    changed = it.desk.put_rule(it.origin, "OWN-PHONG", replace(wanted, value="khác"))
    assert (changed.made, changed.rule.value, changed.rule.created_at) == (False, "khác", put.rule.created_at)
    assert listed(it, own) == [], "what it was found for is no longer what it says"
    assert it.run()["rules"]["OWN-PHONG"]["resolved"] == 1

    it.desk.drop_rule(it.origin, "OWN-PHONG")
    assert "OWN-PHONG" not in it.run()["rules"]
    with pytest.raises(Refusal, match="RULE_NOT_FOUND"):
        it.desk.own_rule(it.tenant, "OWN-PHONG")
    rows = it.bench.sql.execute("SELECT action FROM ingest.audit WHERE tenant_id = %s ORDER BY seq", [it.tenant])
    actions = [row["action"] for row in rows if row["action"].startswith("rule.")]
    assert actions == ["rule.put", "rule.put", "rule.delete"]


def test_a_tenant_has_so_many_rules_and_no_other_has_them(rules_bench: RulesBench) -> None:
    it = rules_bench
    for number in range(MOST_OWN_RULES):
        it.desk.put_rule(it.origin, f"OWN-{number}", body())
    with pytest.raises(Refusal, match="OWN_RULES_OF_TENANT"):
        it.desk.put_rule(it.origin, "OWN-MORE", body())
    assert not it.desk.put_rule(it.origin, "OWN-0", body()).made
    other = it.another()
    assert not any(each.own for each in other.store.rules(other.tenant))
    with pytest.raises(Refusal, match="RULE_NOT_FOUND"):
        other.desk.drop_rule(other.origin, "OWN-0")


WRONG_CODES = ["ACT-01", "OWN-", "OWN-a", "OWN-A-", "OWN--", "OWN-" + "A" * 25, "own-1", "OWN-1\n", "OWN-A/B"]


@pytest.mark.parametrize("code", WRONG_CODES)
def test_a_code_of_another_kind_is_refused(rules_bench: RulesBench, code: str) -> None:
    with pytest.raises(Refusal, match="RULE_CODE"):
        rules_bench.desk.put_rule(rules_bench.origin, code, body())


def test_nobody_but_its_role_changes_a_rule(rules_bench: RulesBench) -> None:
    with rules_bench.readers.connection() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("DELETE FROM work.own_rule")
