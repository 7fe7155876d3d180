"""Each rule, on a real PostgreSQL: a record that it must find, and one beside it that it must not."""

import datetime
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

import psycopg
import pytest

from libs.compliance.catalogue import CATALOGUE, HEAD, read_rule
from libs.contracts.compliance.findings import ORGANISATION
from tests.integration.compliance.inventory import DAY, Inventory

TODAY = datetime.date(2026, 11, 25)
Made = Callable[[Inventory], uuid.UUID]


class Case(NamedTuple):
    """A record that a rule must find, and some that it must not."""

    bad: Made
    good: tuple[Made, ...]


def ago(days: int) -> datetime.date:
    return TODAY - days * DAY


def activity(**values: Any) -> Made:
    return lambda it: it.activity(**values)


def with_sensitive(**values: Any) -> Made:
    return lambda it: it.activity(it.sensitive(), **values)


def with_basic(**values: Any) -> Made:
    return lambda it: it.activity(it.category(), **values)


def to_recipient(kind: str, **values: Any) -> Made:
    return lambda it: it.activity(it.sensitive(), it.recipient(recipient_type=kind), **values)


def made(table: str, **values: Any) -> Made:
    return lambda it: it.add(table, **values)


def abroad(it: Inventory, *, declared: bool) -> uuid.UUID:
    recipient = it.recipient(country_code="SG")
    it.activity(recipient, *([it.transfer()] if declared else []))
    return recipient


def twice(it: Inventory, other: str) -> uuid.UUID:
    """Two categories of one name; the first is what is looked at where they are of one kind."""
    record = it.category(name_vi="Số CCCD")
    it.category(name_vi="SỐ cccd", category_type=other)
    return record


def used(it: Inventory) -> uuid.UUID:
    category = it.category()
    it.activity(category)
    return category


def linked_transfer(it: Inventory, kind: str) -> uuid.UUID:
    transfer = it.transfer(data_subject_count=20_000)
    it.activity(transfer, it.category(category_type=kind))
    return transfer


def changed(it: Inventory, on: datetime.date, filed: datetime.date) -> uuid.UUID:
    record = it.transfer(dossier_filed_on=filed)
    moment = datetime.datetime.combine(on, datetime.time(), datetime.UTC)
    it.change("data_transfer", record, updated_at=moment)
    return record


NO_MEASURES: dict[str, Any] = {"security_measures_vi": ""}
FILED = {"dossier_filed_on": ago(1)}
CASES = {
    "ACT-01": Case(activity(purpose_vi=None), (activity(purpose_vi="Trả lương"),)),
    "ACT-02": Case(activity(), (with_basic(),)),
    "ACT-03": Case(activity(), (activity(retention_period_months=0),)),
    "ACT-04": Case(activity(), (activity(data_source_vi="Khách hàng"),)),
    "ACT-05": Case(with_sensitive(requires_dpia=False), (with_sensitive(), with_basic(requires_dpia=False))),
    "ACT-06": Case(with_basic(requires_dpia=False), (with_basic(), with_sensitive(requires_dpia=False))),
    "ACT-07": Case(activity(has_automated_decision_making=True), (activity(),)),
    "ACT-08": Case(
        activity(activity_name_vi="QUẢNG CÁO qua thư"),
        (activity(activity_name_vi="Quảng cáo", legal_basis="consent"), activity(activity_name_vi="Quảng trường")),
    ),
    "ACT-09": Case(
        activity(purpose_vi="Hồ sơ Ứng Viên"),
        (activity(purpose_vi="Hồ sơ ứng viên", legal_basis="consent"), activity()),
    ),
    "ACT-10": Case(
        activity(purpose_vi="Chấm điểm tín dụng"),
        (activity(purpose_vi="Chấm điểm tín dụng", legal_basis="consent"), activity(purpose_vi="Chấm điểm thi")),
    ),
    "ACT-11": Case(
        activity(legal_basis="vital_interests", retention_period_months=13),
        (activity(legal_basis="vital_interests", retention_period_months=12), activity(retention_period_months=13)),
    ),
    "ACT-12": Case(
        to_recipient("processor", legal_basis="public_authority"),
        (to_recipient("public_authority", legal_basis="public_authority"), activity()),
    ),
    "ACT-13": Case(
        to_recipient("processor"),
        (to_recipient("internal"), lambda it: it.activity(it.category(), it.recipient())),
    ),
    "ACT-14": Case(
        activity(legal_basis="consent"),
        (activity(legal_basis="consent", consent_method="Biểu mẫu"), activity(),
         with_sensitive(legal_basis="consent", consent_method="Biểu mẫu", sensitive_notice=True)),
    ),
    "ACT-15": Case(
        activity(subject_group="khách hàng"), (activity(subject_group="khách hàng", data_subject_count=0),)
    ),
    "ACT-16": Case(
        with_sensitive(**NO_MEASURES), (with_basic(**NO_MEASURES), with_sensitive(security_measures_vi="Mã hóa"))
    ),
    "CAT-01": Case(
        made("data_category", name_vi="SINH TRẮC học"),
        (made("data_category", name_vi="Sinh trắc", category_type="sensitive"), made("data_category")),
    ),
    "CAT-02": Case(lambda it: twice(it, "sensitive"), (lambda it: it.category(name_vi="Địa chỉ"),)),
    "CAT-03": Case(made("data_category"), (used,)),
    "CAT-04": Case(made("data_category"), (made("data_category", legal_code="B01"),)),
    "CAT-05": Case(
        made("data_category", legal_code="S02"),
        (made("data_category", legal_code="B02"), made("data_category"),
         made("data_category", legal_code="S02", category_type="sensitive")),
    ),
    "REC-01": Case(
        made("recipient"),
        (made("recipient", contact="a@vi.du"), made("recipient", recipient_type="internal")),
    ),
    "REC-02": Case(
        made("recipient"), (made("recipient", country_code="VN"), made("recipient", recipient_type="internal"))
    ),
    "REC-03": Case(
        lambda it: abroad(it, declared=False),
        (lambda it: abroad(it, declared=True), lambda it: it.recipient(country_code="SG")),
    ),
    "REC-04": Case(
        made("recipient"),
        (made("recipient", agreement_ref="HĐ 12/2026"), made("recipient", recipient_type="public_authority")),
    ),
    "TRF-01": Case(
        made("data_transfer", started_on=ago(61)),
        (made("data_transfer", started_on=ago(60)), made("data_transfer", started_on=ago(61), **FILED),
         made("data_transfer", started_on=ago(61), exemption_code="20.6.a"), made("data_transfer")),
    ),
    "TRF-02": Case(
        made("data_transfer", started_on=ago(60)),
        (made("data_transfer", started_on=ago(61)), made("data_transfer", started_on=ago(45)),
         made("data_transfer", started_on=ago(60), **FILED)),
    ),
    "TRF-03": Case(
        made("data_transfer", started_on=ago(100), dossier_filed_on=ago(39)),
        (made("data_transfer", started_on=ago(100), dossier_filed_on=ago(40)),),
    ),
    "TRF-04": Case(
        made("data_transfer", purpose_vi="Lưu trữ", recipient_name="Cloud"),
        (made("data_transfer", purpose_vi="Lưu trữ", recipient_name="Cloud", started_on=TODAY),),
    ),
    "TRF-05": Case(
        made("data_transfer"), (made("data_transfer", transfer_basis="SCC"), made("data_transfer", agreement_ref="12")),
    ),
    "TRF-06": Case(made("data_transfer", destination_country="VN"), (made("data_transfer"),)),
    "TRF-07": Case(
        lambda it: linked_transfer(it, "sensitive"),
        (lambda it: linked_transfer(it, "basic"), made("data_transfer", data_subject_count=10_000)),
    ),
    "TRF-08": Case(
        made("data_transfer", dossier_filed_on=datetime.date(2025, 12, 31)),
        (made("data_transfer", dossier_filed_on=datetime.date(2026, 1, 1)),),
    ),
    "TRF-09": Case(
        lambda it: changed(it, ago(100), ago(200)),
        (lambda it: changed(it, ago(100), ago(101)), lambda it: changed(it, ago(201), ago(200))),
    ),
}  # fmt: skip
"""Of one tenant; what is good stands beside what is bad."""

OF_THE_TENANT = {
    "ORG-01": ({}, {"dpo_name": "Lan"}, {"exempt_claimed": True}),
    "ORG-02": ({}, {"impact_filed_on": TODAY}, {"exempt_claimed": True}),
    "ORG-03": (
        {"exempt_claimed": True, "sells_processing": True}, {"sells_processing": True}, {"exempt_claimed": True},
    ),
    "ORG-05": ({}, {"impact_filed_on": TODAY}, {"exempt_claimed": True}),
}  # fmt: skip
"""An organisation that the rule must find, and others that it must not."""
BEGAN = {"ORG-02": ago(61), "ORG-05": None}


def found_by(it: Inventory, code: str, tenant: uuid.UUID | None = None) -> list[uuid.UUID]:
    """What a rule finds of a tenant."""
    rule = CATALOGUE[code]
    values = {**rule.values, "tenant": tenant or it.tenant, "today": TODAY}
    return [record for (record,) in it.sql.execute(rule.statement, values)]


@pytest.mark.parametrize("code", CASES)
def test_a_rule_finds_what_is_wrong_and_nothing_beside_it(inventory: Inventory, code: str) -> None:
    bad = CASES[code].bad(inventory)
    for make in CASES[code].good:
        make(inventory)
    found = found_by(inventory, code)
    assert bad in found
    assert len(found) == len({*found}) == (2 if code == "CAT-02" else 1), "those of one name are found both"
    assert found_by(inventory, code, uuid.uuid4()) == []


@pytest.mark.parametrize("code", CASES)
def test_what_is_good_alone_is_not_found(inventory: Inventory, code: str) -> None:
    for make in CASES[code].good:
        assert make(inventory) not in found_by(inventory, code)


@pytest.mark.parametrize("code", OF_THE_TENANT)
def test_a_rule_of_the_organisation(connection: psycopg.Connection[Any], code: str) -> None:
    bad, *good = OF_THE_TENANT[code]
    for expected, values in ((True, bad), *((False, each) for each in good)):
        it = Inventory(connection)
        it.organisation(**values)
        it.activity(started_on=BEGAN.get(code))
        assert found_by(it, code) == ([it.tenant] if expected else []), values
    assert found_by(Inventory(connection), code) == []


def test_the_other_ways_in_which_a_rule_holds(connection: psycopg.Connection[Any]) -> None:
    it = Inventory(connection)
    told = it.activity(it.sensitive(), legal_basis="consent", consent_method="Biểu mẫu", sensitive_notice=False)
    assert found_by(it, "ACT-14") == [told]
    unknown, many = it.transfer(), it.transfer(data_subject_count=100_001)
    assert {*found_by(it, "TRF-07")} == {unknown, many}
    assert {*found_by(it, "TRF-04")} == {unknown, many}


def test_what_the_organisation_has_filed_covers_its_transfers(connection: psycopg.Connection[Any]) -> None:
    it = Inventory(connection)
    it.organisation(transfer_filed_on=ago(70), exempt_claimed=True)
    it.transfer(started_on=ago(71))
    later = it.transfer(started_on=ago(69))
    assert found_by(it, "TRF-01") == [later]
    it.activity(it.category(), requires_dpia=False)
    assert found_by(it, "ACT-06") == [], "the exemption is recorded"
    assert found_by(it, "ORG-03") == []
    it.activity(data_subject_count=100_000)
    assert found_by(it, "ORG-03") == [it.tenant]


def test_an_organisation_that_is_not_described_is_a_finding(inventory: Inventory) -> None:
    assert found_by(inventory, "ORG-04") == [inventory.tenant]
    inventory.organisation()
    assert found_by(inventory, "ORG-04") == []


def test_every_rule_has_a_case() -> None:
    assert {*CASES, *OF_THE_TENANT, "ORG-04"} == {*CATALOGUE}
    for rule in CATALOGUE.values():
        assert rule.entity == ORGANISATION or rule.code[:3] in ("ACT", "CAT", "REC", "TRF")


def test_a_head_that_lacks_something_is_refused() -> None:
    good = [f"-- {name}: {'error' if name == 'severity' else 'recipients'}" for name in HEAD]
    assert read_rule("X-1", "\n".join([*good, "", "SELECT 1"])).entity == "recipients"
    for bad in (good[1:], [*good, "-- sevrity: error"], ["-- severity: grave", *good[1:]]):
        with pytest.raises(ValueError, match="X-1"):
            read_rule("X-1", "\n".join([*bad, "", "SELECT 1"]))
