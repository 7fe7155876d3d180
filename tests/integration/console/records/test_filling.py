"""What people fill in: a form that is written as a batch, once, and by nobody who has not seen the record as it is."""

import re
from html import unescape
from typing import Any

import httpx
import psycopg
import pytest

from tests.integration.console.records.test_inventory import written
from tests.integration.console.test_pages import SCRIPT
from tests.integration.console.visitors.listening import writer_stopped
from tests.integration.console.visitors.site import Person, Site, words
from tests.integration.service_process import Scanner
from tests.waiting import wait_until

RECIPIENT = {"name_vi": "Công ty Sao Mai", "recipient_type": "processor", "contact": "a@b.vn", "external_id": "r-1"}


def fields(answer: httpx.Response) -> dict[str, str]:
    """What a browser would send of a form, unless somebody types."""
    page = answer.text
    found = dict(re.findall(r'<textarea id="f-[^"]+" name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL))
    found |= dict(re.findall(r'<input id="f-[^"]+" name="([^"]+)"[^>]*? value="([^"]*)"', page))
    found |= dict(re.findall(r'<input type="hidden" name="(version)" value="([^"]*)"', page))
    for name, options in re.findall(r'<select id="f-[^"]+" name="([^"]+)".*?>(.*?)</select>', page, re.DOTALL):
        found[name] = next(iter(re.findall(r'<option value="([^"]*)" selected', options)), "")
    return {name: unescape(value) for name, value in found.items()}


@pytest.fixture
def recipient(scanner: Scanner) -> str:
    """The page of a recipient."""
    return f"/inventory/recipients/{written(scanner, 'recipients', RECIPIENT)[0]}"


def rows(site: Site, scanner: Scanner, table: str = "recipient") -> list[Any]:
    query = f"SELECT row_to_json(t) FROM inventory.{table} t WHERE tenant_id = %s"
    with psycopg.connect(site.database_url) as connection:
        return [row for (row,) in connection.execute(query, [scanner.tenant])]


def jobs(site: Site, scanner: Scanner) -> int:
    with psycopg.connect(site.database_url) as connection:
        found = connection.execute("SELECT count(*) FROM ingest.job WHERE tenant_id = %s", [scanner.tenant]).fetchone()
    assert found
    return int(found[0])


def entries(site: Site, scanner: Scanner, job: str) -> list[Any]:
    """Who did what with a job, as the audit trail has it; a writer copies it there."""
    query = "SELECT actor, action FROM ingest.audit WHERE tenant_id = %s AND job_id = %s"
    with psycopg.connect(site.database_url) as connection:
        return connection.execute(query, [scanner.tenant, job]).fetchall()


def test_what_is_filled_in_is_written_once_and_empties_nothing_else(
    site: Site, scanner: Scanner, person: Person, recipient: str
) -> None:
    form = fields(person.get(f"{recipient}/fill"))
    assert set(form) == {
        "version",
        *(f"f.{n}" for n in ("tax_code", "dpo_contact", "agreement_ref", "agreement_date", "service")),
    }
    typed = {**form, "f.tax_code": " 0101234567 ", "f.agreement_date": "2026-01-31", "f.service": SCRIPT}
    first = person.post(f"{recipient}/fill", **typed)
    assert first.status_code == 303
    place = first.headers["location"]
    job = place.partition("?job=")[2]
    wait_until(lambda: "completed" in person.text(place), 30, "the change is written")
    (row,) = rows(site, scanner)
    assert (row["tax_code"], row["agreement_date"], row["service"]) == ("0101234567", "2026-01-31", SCRIPT)
    assert (row["agreement_ref"], row["contact"], row["name_vi"], row["job_id"]) == (
        None,
        "a@b.vn",
        "Công ty Sao Mai",
        job,
    )
    assert SCRIPT not in person.get(place).text
    # Pressed twice, from the page of before: it is as it should be, and nothing more is written.
    again = person.post(f"{recipient}/fill", **typed)
    assert (again.status_code, again.headers["location"]) == (303, recipient)
    assert jobs(site, scanner) == 2
    wait_until(lambda: ("lan", "batch.accept") in entries(site, scanner, job), 30, "the audit trail has it")
    emptied = {**fields(person.get(f"{recipient}/fill")), "f.tax_code": ""}
    place = person.post(f"{recipient}/fill", **emptied).headers["location"]
    wait_until(lambda: rows(site, scanner)[0]["tax_code"] is None, 30, "the field is emptied")
    assert rows(site, scanner)[0]["agreement_date"] == "2026-01-31"


def test_a_change_that_waits_is_sent_once_and_leaves_what_comes_meanwhile(
    site: Site, scanner: Scanner, person: Person, recipient: str
) -> None:
    """What was not changed does not come, not even the name, which every record must have."""
    typed = {**fields(person.get(f"{recipient}/fill")), "f.agreement_ref": "HĐ 1"}
    with writer_stopped(site):
        places = {person.post(f"{recipient}/fill", **typed).headers["location"] for _ in range(2)}
        with psycopg.connect(site.database_url) as somebody:
            meanwhile = "UPDATE inventory.recipient SET name_vi = 'Tên mới', contact = 'c@d.vn' WHERE tenant_id = %s"
            somebody.execute(meanwhile, [scanner.tenant])
    (place,) = places
    wait_until(lambda: "completed" in person.text(place), 30, "it is written")
    (row,) = rows(site, scanner)
    assert (row["agreement_ref"], row["name_vi"], row["contact"]) == ("HĐ 1", "Tên mới", "c@d.vn")


def test_a_page_that_is_stale_does_nothing_and_shows_both(
    site: Site, scanner: Scanner, person: Person, recipient: str
) -> None:
    typed = {**fields(person.get(f"{recipient}/fill")), "f.agreement_ref": "HĐ 1"}
    scanner.post_to("recipients?mode=upsert", {"recipients": [{**RECIPIENT, "agreement_ref": "HĐ 2"}]})
    before = jobs(site, scanner)
    stale = person.post(f"{recipient}/fill", **typed)
    assert stale.status_code == 412
    assert "Now: HĐ 2" in words(stale.text)
    assert fields(stale)["f.agreement_ref"] == "HĐ 1"
    assert (jobs(site, scanner), rows(site, scanner)[0]["agreement_ref"]) == (before, "HĐ 2")
    assert person.post(f"{recipient}/fill", **fields(stale)).status_code == 303


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_sent(
    site: Site, scanner: Scanner, person: Person, recipient: str
) -> None:
    form = fields(person.get(f"{recipient}/fill"))
    refused = person.post(f"{recipient}/fill", **{**form, "f.tax_code": "?", "f.agreement_date": "2026-02-30"})
    assert refused.status_code == 422
    assert "A tax code has letters" in words(refused.text)
    assert "Must be a date" in words(refused.text)
    assert jobs(site, scanner) == 1


def test_who_may_fill_in(site: Site, scanner: Scanner, person: Person, recipient: str) -> None:
    form = fields(person.get(f"{recipient}/fill"))
    for path in (f"{recipient}/fill", "/organisation"):
        assert person.post(path, origin="http://elsewhere", **form).status_code == 403
    reader = site.person(scanner, scope="jobs:read inventory:read")
    assert "/fill" not in reader.get(recipient).text
    assert reader.get(f"{recipient}/fill").status_code == 403
    assert reader.post(f"{recipient}/fill", **form).status_code == 403
    assert reader.get("/organisation").status_code == 200
    assert reader.post("/organisation", **{"f.name_vi": "x", "version": "0"}).status_code == 403
    assert site.person(site.scanner()).get(f"{recipient}/fill").status_code == 404
    assert rows(site, scanner, "organisation") == []


def test_the_organisation_is_saved_by_who_has_seen_it(site: Site, scanner: Scanner, person: Person) -> None:
    empty = fields(person.get("/organisation"))
    assert empty["version"] == "0"
    faulty = person.post("/organisation", **{**empty, "f.tax_code": "?"})
    assert faulty.status_code == 422
    assert "This member is required" in words(faulty.text)
    assert "A tax code has letters" in words(faulty.text)
    said = {**empty, "f.name_vi": SCRIPT, "f.branches": "3", "f.dpo_kind": "unit", "f.exempt_claimed": "false",
            "f.processing_services": "Mã hóa\r\nChấm điểm", "f.impact_filed_on": "2026-02-28"}  # fmt: skip
    assert person.post("/organisation", **said).status_code == 303
    (row,) = rows(site, scanner, "organisation")
    assert (row["name_vi"], row["branches"], row["dpo_kind"], row["version"]) == (SCRIPT, 3, "unit", 1)
    assert (row["processing_services"], row["sells_processing"]) == (["Mã hóa", "Chấm điểm"], None)
    assert SCRIPT not in person.get("/organisation").text
    stale = person.post("/organisation", **{**said, "f.name_vi": "Tên khác"})
    assert stale.status_code == 412
    assert f"Now: {SCRIPT}" in words(stale.text)
    assert rows(site, scanner, "organisation")[0]["version"] == 1
    assert person.post("/organisation", **fields(stale)).status_code == 303
    assert rows(site, scanner, "organisation")[0]["name_vi"] == "Tên khác"
