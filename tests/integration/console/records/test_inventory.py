"""The pages of the inventory: what they show, to whom, and that what others have written is text."""

import re
import uuid
from typing import Any

import pytest

from libs.contracts.inventory.records import ENTITIES
from libs.contracts.texts.console import CONSOLE
from tests.integration.console.test_pages import HOSTILE, SCRIPT
from tests.integration.console.visitors.site import Person, Site, several, words
from tests.integration.service_process import Scanner

ACTIVITIES, RECIPIENTS = "/inventory/processing-activities", "/inventory/recipients"


def written(scanner: Scanner, entity: str, *records: dict[str, Any]) -> list[str]:
    """The ids of records that are written."""
    kind = ENTITIES[entity]
    answer = scanner.post_to(entity, {kind.member: list(records)})
    assert answer.status_code == 201, answer.text
    return [str(each) for each in answer.json()[kind.ids_member]]


def listed(page: str) -> list[str]:
    """The records of a list, in its order."""
    return re.findall(r'<td class="called"><a class="name" href="[^"]*/([0-9a-f-]{36})"', page)


def test_the_first_page_says_what_to_do_where_nothing_is_yet(person: Person) -> None:
    assert person.get("/inventory").headers["location"] == ACTIVITIES
    for name in ENTITIES:
        assert f"There is no record yet. Send a batch to the API, or load a file: sluice load FILE --entity {name}" in (
            person.text(f"/inventory/{name}")
        )
    assert "No record matches. Take a filter away." in person.text(f"{RECIPIENTS}?q=x")


def test_records_are_listed_found_and_paged(scanner: Scanner, person: Person) -> None:
    ids = written(scanner, "recipients", *several(60), {**several(1)[0], "name_vi": "Điện lực", "external_id": "evn"})
    ids.sort(reverse=True)
    first = person.get(RECIPIENTS).text
    assert listed(first) == ids[:50]
    assert "61 records" in words(first)
    further = re.search(r'rel="next" href="([^"]+)"', first)
    assert further
    assert listed(person.get(further[1]).text) == ids[50:]
    for query in ("q=dien+luc", "q=evn", "external_id=evn", "q=DIEN&recipient_type=processor"):
        page = person.get(f"{RECIPIENTS}?{query}").text
        assert len(listed(page)) == 1
        assert "1 records" in words(page)
    assert listed(person.get(f"{RECIPIENTS}?q=dien&recipient_type=internal").text) == []


def test_what_a_form_sends_becomes_an_address_that_can_be_kept(person: Person) -> None:
    answer = person.get(f"{RECIPIENTS}?q=+Sao+Mai+&recipient_type=&country_code=VN&external_id=")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{RECIPIENTS}?country_code=VN&q=Sao+Mai")


def test_a_filter_that_nobody_knows_is_said_and_not_applied(scanner: Scanner, person: Person) -> None:
    written(scanner, "recipients", *several(1))
    page = person.get(f"{RECIPIENTS}?recipient_type=friend&activity_id=x").text
    assert len(listed(page)) == 1
    assert words(page).count("there is no such value") == 2


def test_a_record_shows_its_fields_links_and_origin_in_the_readers_language(scanner: Scanner, person: Person) -> None:
    (category,) = written(
        scanner, "data-categories", {"name_vi": "Số điện thoại", "name_en": "Phone", "category_type": "basic"}
    )
    recipients = written(scanner, "recipients", *several(2))
    activity, _ = written(
        scanner, "processing-activities",
        {"activity_name_vi": "Tuyển dụng", "legal_basis": "consent", "requires_dpia": True,
         "data_category_ids": [category], "recipient_ids": recipients, "retention_period_months": 1200},
        {"activity_name_vi": "Tính lương", "legal_basis": "contract", "recipient_ids": recipients[:1]},
    )  # fmt: skip
    page = person.get(f"{ACTIVITIES}/{activity}").text
    for said in (
        "Legal basis consent",
        "Needs an impact assessment yes",
        "Kept for months 1,200",
        "Phone",
        "Người nhận 1",
        "scanner-1",
        "record 0, from 0",
        "Data transfers None.",
    ):
        assert said in words(page), said
    for link in (f"/inventory/data-categories/{category}", f"/inventory/recipients/{recipients[1]}", "/jobs/"):
        assert f'href="{link}' in page
    back = person.text(f"{RECIPIENTS}/{recipients[0]}")
    assert "Tuyển dụng" in back
    assert "Tính lương" in back
    assert listed(person.get(f"{ACTIVITIES}?recipient_id={recipients[1]}").text) == [activity]
    person.http.cookies.set("sluice_lang", "vi")
    assert "Căn cứ pháp lý sự đồng ý" in person.text(f"{ACTIVITIES}/{activity}")
    assert "Số điện thoại" in person.text(f"{ACTIVITIES}/{activity}")


def test_who_may_not_see_values_is_shown_none(site: Site, scanner: Scanner) -> None:
    (record,) = written(scanner, "recipients", *several(1))
    onlooker = site.person(scanner, scope="jobs:read jobs:write rejects:read system:read")
    for path in ("/inventory", RECIPIENTS, f"{RECIPIENTS}/{record}"):
        answer = onlooker.get(path)
        assert answer.status_code in (403, 303)
        assert "Người nhận" not in answer.text
    assert "inventory:read" in words(onlooker.get(RECIPIENTS).text)
    assert "/inventory" not in onlooker.get("/").text


def test_another_tenants_record_is_as_one_that_is_not_there(site: Site, person: Person) -> None:
    (record,) = written(site.scanner(), "recipients", *several(1))
    for path in (f"{RECIPIENTS}/{record}", f"{RECIPIENTS}/{uuid.uuid4()}", f"{RECIPIENTS}/x", "/inventory/people"):
        assert person.get(path).status_code == 404


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_others_is_text(scanner: Scanner, person: Person, text: str) -> None:
    (recipient,) = written(
        scanner, "recipients", {**several(1)[0], "name_vi": text, "name_en": text, "contact": text, "external_id": text}
    )
    activity = {"activity_name_vi": text, "purpose_vi": text, "legal_basis": "consent", "recipient_ids": [recipient]}
    (linked,) = written(scanner, "processing-activities", activity)
    for path in (RECIPIENTS, f"{RECIPIENTS}?q={text}", f"{RECIPIENTS}/{recipient}", f"{ACTIVITIES}/{linked}"):
        page = person.http.get(path, follow_redirects=True).text
        assert SCRIPT not in page
        assert "<img src=x" not in page
        assert " 49 " not in words(page)
    assert text.split(maxsplit=1)[0] in words(person.get(f"{RECIPIENTS}/{recipient}").text)


ODD = [
    "q=%00",
    "q=%ff",
    "q=" + "x" * 3000,
    "recipient_type=%00",
    "activity_id=%00",
    "external_id=%ff",
    "page_token=x",
    "q=a&q=b",
    "activity_id=1&activity_id=2",
    "country_code=VN&country_code=SG",
    "page_token=",
    "q=[[:alpha:]]",
]


@pytest.mark.parametrize("query", ODD)
def test_no_address_breaks_a_list(person: Person, query: str) -> None:
    assert person.get(f"{RECIPIENTS}?{query}").status_code in (200, 303, 400)


def test_every_field_has_a_word() -> None:
    for entity in ENTITIES.values():
        for name in entity.columns[1:]:
            assert f"FIELD_{name.upper()}" in CONSOLE, name
