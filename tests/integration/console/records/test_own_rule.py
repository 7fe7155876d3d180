"""The form of a rule of one's own: made, held against the field, changed by one at a time, deleted."""

import re
import uuid
from html import unescape
from typing import Any

import pytest

from libs.compliance.own_rules import OF_KIND, fields_of
from libs.contracts.compliance.own_rules import LONGEST_TEXT, OPERATORS
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.texts.console import CONSOLE
from tests.integration.console.test_pages import HOSTILE, SCRIPT
from tests.integration.console.visitors.site import Person, Site, words
from tests.integration.service_process import Scanner

NEW = "/findings/rules/new"
USUAL = {
    "of": "recipients.country_code", "operator": "one_of", "value": "SG\nUS\n", "severity": "error", "name": "abroad",
    "text_vi": "Bên nhận ở nước ngoài", "text_en": "",
}  # fmt: skip


def complaint(page: str) -> str:
    """What a form complains of."""
    found = re.search(r'id="complaint">(.*?)</p>', page, re.DOTALL)
    return unescape(found[1]) if found else ""


def version(page: str) -> str:
    """What a form was made of."""
    found = re.search(r'name="version" value="([^"]*)"', page)
    assert found
    return unescape(found[1])


def test_a_rule_is_made_changed_and_deleted(person: Person) -> None:
    assert 'value="recipients.country_code"' in person.get(NEW).text
    form = person.text(f"{NEW}?of=recipients.country_code")
    assert "is one of" in form
    assert "is older than" not in form
    answer = person.post(NEW, **USUAL)
    assert (answer.status_code, answer.headers["location"]) == (303, "/findings/rules")
    assert "OWN-ABROAD error Bên nhận ở nước ngoài a rule of your own" in person.text("/findings/rules")
    page = person.get("/findings/rules/OWN-ABROAD").text
    assert ">SG\nUS</textarea>" in page
    changed = {**USUAL, "operator": "equals", "value": "SG", "text_en": "Abroad", "version": version(page)}
    assert person.post("/findings/rules/OWN-ABROAD", **changed).status_code == 303
    assert "OWN-ABROAD error Abroad" in person.text("/findings/rules")
    stale = person.post("/findings/rules/OWN-ABROAD", **{**changed, "text_en": "Elsewhere"})
    assert stale.status_code == 412
    assert "Somebody else" in complaint(stale.text)
    assert 'value="Elsewhere"' in stale.text
    assert "Elsewhere" not in person.text("/findings/rules")
    assert person.post("/findings/rules/OWN-ABROAD/delete").status_code == 303
    assert "OWN-ABROAD" not in person.text("/findings/rules")
    assert person.post("/findings/rules/OWN-ABROAD/delete").status_code == 404


def test_a_code_that_another_rule_has_is_left_alone(person: Person) -> None:
    assert person.post(NEW, **USUAL).status_code == 303
    again = person.post(NEW, **{**USUAL, "text_vi": "Khác"})
    assert again.status_code == 412
    assert "Khác" not in person.text("/findings/rules")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"value": ""}, "No value for this field; allowed: 1..50."),
        ({"operator": "older_than_days"}, "This field can be asked:"),
        ({"of": "recipients.recipient_type", "value": "landlord"}, "processor"),
        ({"of": "processing-activities.retention_period_months", "operator": "greater", "value": "x"}, "allowed:"),
        ({"of": "processing-activities.started_on", "operator": "greater", "value": "31/12/2026"}, "2026-11-25"),
        ({"name": "b_"}, "capitals, digits and hyphens"),
        ({"text_vi": ""}, str(LONGEST_TEXT)),
        ({"text_vi": "x" * (LONGEST_TEXT + 1)}, str(LONGEST_TEXT)),
        ({"severity": "grave"}, str(LONGEST_TEXT)),
        ({"operator": "equals", "value": "SG\nUS"}, "allowed:"),
    ],
)
def test_what_does_not_fit_is_said_and_what_was_typed_stays(person: Person, fields: dict[str, str], said: str) -> None:
    answer = person.post(NEW, **{**USUAL, "text_en": "Typed before", **fields})
    assert answer.status_code in (400, 422)
    assert said in complaint(answer.text)
    assert 'value="Typed before"' in answer.text
    assert "OWN-" not in person.text("/findings/rules")


def test_values_that_there_are_few_of_are_ticked(person: Person) -> None:
    fields: dict[str, Any] = {**USUAL, "of": "recipients.recipient_type", "value": ["processor", "third_party"]}
    assert person.post(NEW, **{**fields, "name": "role"}).status_code == 303
    page = person.get("/findings/rules/OWN-ROLE").text
    assert re.findall(r'value="(\w+)" checked', page) == ["processor", "third_party"]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_others_is_text(person: Person, text: str) -> None:
    person.post(NEW, **{**USUAL, "of": "recipients.contact", "operator": "contains", "value": text, "text_vi": text})
    for page in (
        person.get("/findings/rules").text,
        person.get("/findings/rules/OWN-ABROAD").text,
        person.post(NEW, **{**USUAL, "text_vi": text, "value": text, "text_en": text, "name": text}).text,
    ):
        assert SCRIPT not in page
        assert "<img src=x" not in page


def test_who_only_looks_makes_no_rules_and_no_address_is_a_fault_of_ours(site: Site, scanner: Scanner) -> None:
    reader = site.person(scanner, scope="jobs:read inventory:read")
    assert NEW not in reader.get("/findings/rules").text
    for path in (NEW, "/findings/rules/OWN-X"):
        assert reader.get(path).status_code == 403
        assert reader.post(path, **USUAL).status_code == 403
    assert reader.post("/findings/rules/OWN-X/delete").status_code == 403
    decider = site.person(scanner)
    assert decider.post(NEW, "https://evil.example", **USUAL).status_code == 403
    for of in ("x", "recipients.x", "x.contact", "", "organisation.name_vi"):
        assert decider.get(f"{NEW}?of={of}").status_code == 400, of
        assert decider.post(NEW, **{**USUAL, "of": of}).status_code == 400, of
    for code, status in (("OWN-NONE", 404), ("ACT-01", 422), ("%00", 422), (str(uuid.uuid4()), 422)):
        assert decider.get(f"/findings/rules/{code}").status_code == status, code


def test_every_field_has_a_form_with_words_for_all_of_it(person: Person) -> None:
    kinds = {
        (field.kind, bool(field.choices)): f"{entity}.{field.name}"
        for entity in ENTITIES
        for field in fields_of(entity).values()
    }
    assert {kind for kind, _ in kinds} == set(OF_KIND)
    for of in kinds.values():
        assert "Save the rule" in words(person.get(f"{NEW}?of={of}").text)
    assert all(f"FIELD_{field.upper()}" in CONSOLE for entity in ENTITIES for field in fields_of(entity))
    assert all(f"OPERATOR_{operator.upper()}" in CONSOLE for operator in OPERATORS)
