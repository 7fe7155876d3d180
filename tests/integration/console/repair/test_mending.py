"""Rejected records are mended in a grid and sent again, once, as a batch that is linked to the old job."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import httpx
import psycopg
import pytest

from tests.integration.console.visitors.listening import writer_stopped
from tests.integration.console.visitors.site import Person, Site, job_of, several, words
from tests.integration.service_process import Scanner
from tests.waiting import wait_until

BAD = {"name_vi": "Công ty Sao Mai", "recipient_type": "không rõ", "country_code": "ZZ", "contact": "dòng 1\r\ndòng 2"}


def faulty(scanner: Scanner, count: int = 1, **members: Any) -> str:
    """A job of one good record and some bad ones."""
    bad = [{**BAD, "external_id": f"r-{number}", **members} for number in range(count)]
    return job_of(scanner.post([*several(1), *bad]))


def fields(answer: httpx.Response) -> dict[str, list[str]]:
    """What a browser would send of the grid, unless somebody types."""
    page = answer.text
    found: dict[str, list[str]] = {}

    def add(name: str, value: str) -> None:
        found.setdefault(name, []).append(unescape(value).replace("\r\n", "\n").replace("\n", "\r\n"))

    for name, value in re.findall(r'<input type="hidden" name="(row)" value="(\d+)">', page):
        add(name, value)
    for value in re.findall(r'name="send" value="(\d+)"[^>]* checked', page):
        add("send", value)
    for name, text in re.findall(r'<textarea id="c-[^"]+" name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL):
        add(name, text)
    for name, value in re.findall(r'<input id="c-[^"]+" name="([^"]+)" value="([^"]*)"', page):
        add(name, value)
    for name, options in re.findall(r'<select id="c-[^"]+" name="([^"]+)".*?>(.*?)</select>', page, re.DOTALL):
        add(name, next(iter(re.findall(r"<option selected>(.*?)</option>", options)), ""))
    return found


def right(row: int = 1) -> dict[str, str]:
    return {f"{row}.recipient_type": "processor", f"{row}.country_code": "VN"}


SEND = {"do": "send", "reason": "x"}


def mend(person: Person, job: str, *parts: dict[str, Any]) -> httpx.Response:
    """Send a form; later parts stand for earlier ones."""
    form: dict[str, Any] = {}
    for part in parts:
        form |= part
    return person.post(f"/jobs/{job}/mend", **form)


def stored(site: Site, scanner: Scanner) -> dict[str, Any]:
    """The recipients of the tenant by their external ids."""
    with psycopg.connect(site.database_url) as connection:
        query = (
            "SELECT external_id, recipient_type, country_code, contact FROM inventory.recipient WHERE tenant_id = %s"
        )
        return {row[0]: row[1:] for row in connection.execute(query, [scanner.tenant])}


def test_the_grid_shows_what_came_and_what_is_wrong_with_it(scanner: Scanner, person: Person) -> None:
    job = faulty(scanner)
    page = person.get(f"/jobs/{job}/mend")
    assert fields(page) == {
        "row": ["1"], "send": ["1"], "1.external_id": ["r-0"], "1.name_vi": ["Công ty Sao Mai"],
        "1.recipient_type": ["không rõ"], "1.country_code": ["ZZ"], "1.contact": ["dòng 1\r\ndòng 2"],
    }  # fmt: skip
    cell = re.search(r'<td data-label="country_code" class="faulty">.*?</td>', page.text, re.DOTALL)
    assert cell
    assert 'aria-invalid="true" aria-describedby="e-1.country_code"' in cell[0]
    assert "ISO 3166-1" in words(cell[0])
    assert "1.recipient_id" in fields(person.get(f"/jobs/{job}/mend?all=1"))
    person.http.cookies.set("sluice_lang", "vi")
    assert "Phải là mã quốc gia" in person.text(f"/jobs/{job}/mend")


def test_what_is_checked_is_told_at_its_cell_and_nothing_is_sent(scanner: Scanner, person: Person) -> None:
    job = faulty(scanner)
    form = fields(person.get(f"/jobs/{job}/mend"))
    checked = mend(person, job, form, right(), {"1.country_code": "XX", "do": "check"})
    assert checked.status_code == 200
    assert "Some cells are at fault still." in words(checked.text)
    assert fields(checked)["1.recipient_type"] == ["processor"]
    assert len(re.findall('aria-invalid="true"', checked.text)) == 1

    good = mend(person, job, form, right(), {"do": "check"})
    assert "All that is ticked is right" in words(good.text)
    refused = mend(person, job, form, SEND)
    assert refused.status_code == 422
    assert mend(person, job, form, right(), {"do": "send"}).status_code == 422  # without a reason
    assert "1 jobs" in person.text("/jobs")


def test_mended_records_are_sent_once_and_both_jobs_say_so(site: Site, scanner: Scanner, person: Person) -> None:
    job = faulty(scanner, 3)
    form = fields(person.get(f"/jobs/{job}/mend"))
    form["send"] = ["1", "3"]
    sent = {**form, **right(1), **right(3), "do": "send", "reason": "the register was wrong"}
    answers = [person.post(f"/jobs/{job}/mend", **sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303], answers[0].text
    (batch,) = {answer.headers["location"].removeprefix("/jobs/") for answer in answers}
    wait_until(lambda: "created 2" in person.text(f"/jobs/{batch}"), 20, "it is written")

    page = person.text(f"/jobs/{batch}")
    assert f"2 records that were rejected by {job[-8:]}" in page
    assert f"{batch[-8:]} 2 records by lan" in person.text(f"/jobs/{job}")
    kept = "2 rejected records were mended and sent again. the register was wrong — lan"
    assert kept in person.text(f"/jobs/{job}")
    assert stored(site, scanner)["r-2"] == ("processor", "VN", "dòng 1\r\ndòng 2")  # as it came
    assert fields(person.get(f"/jobs/{job}/mend"))["row"] == ["2"]  # the others are done

    again = person.post(f"/jobs/{job}/mend", **{**sent, "1.name_vi": "another"})
    assert again.status_code == 409
    assert "sent again meanwhile" in words(again.text)


def test_who_sends_the_same_at_the_same_time_sends_one_batch(scanner: Scanner, person: Person, site: Site) -> None:
    job = faulty(scanner)
    form = {**fields(person.get(f"/jobs/{job}/mend")), **right(), "do": "send", "reason": "x"}
    with writer_stopped(site):
        answers = several_at_once(person, f"/jobs/{job}/mend", form, 4)
        assert {answer.status_code for answer in answers} == {303}
        assert len({answer.headers["location"] for answer in answers}) == 1


def several_at_once(person: Person, path: str, form: dict[str, Any], count: int) -> list[httpx.Response]:
    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(lambda _: person.post(path, **form), range(count)))


def test_what_is_of_no_record_is_told_and_may_be_made_one(scanner: Scanner, person: Person) -> None:
    """Broken JSON, something else than an object, an unknown member, a list where a text belongs."""
    lines = (
        b'{"name_vi": "A", "recipient_type": "processor", "colour": 1}\n{"name_vi": ["x"], "recipient_type": "p\n[1]\n'
    )
    lines += b'{"name_vi": ["x", "y"], "recipient_type": "processor"}\n{"name_vi": "B", "recipient_type": "processor"}'
    answer = scanner.send(lines)
    job = answer.json()["job_id"]
    page = person.get(f"/jobs/{job}/mend")
    form = fields(page)
    assert form["row"] == ["0", "1", "2", "3"]
    assert form["1.name_vi"] == [""]
    assert form["3.name_vi"] == ["x\r\ny"]
    assert "/colour: This kind of record has no such member." in words(page.text)
    given = {"1.name_vi": "C", "1.recipient_type": "internal", "2.name_vi": "D", "2.recipient_type": "internal"}
    sent = mend(person, job, form, given, SEND, {"3.name_vi": "E"})
    assert sent.status_code == 303, words(sent.text)
    batch = sent.headers["location"]
    wait_until(lambda: "created 4" in person.text(batch), 20, "it is written")


def test_it_takes_the_rights_to_see_values_and_to_send_records(site: Site, scanner: Scanner) -> None:
    job = faulty(scanner)
    for scope in ("jobs:read jobs:write ingest:write", "jobs:read jobs:write rejects:read"):
        other = site.person(scanner, scope=scope)
        assert f"/jobs/{job}/mend" not in other.get(f"/jobs/{job}").text
        assert other.get(f"/jobs/{job}/mend").status_code == 403
        assert other.post(f"/jobs/{job}/mend", row="1", do="send").status_code == 403
    stranger = site.person(site.scanner())
    assert stranger.get(f"/jobs/{job}/mend").status_code == 404
    assert stranger.post(f"/jobs/{job}/mend", row="1", do="send").status_code == 404


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"row": "x"},
        {"row": ["1"] * 51},
        {"row": "-1"},
        {"row": "9" * 30},
        {"row": "²"},
        {"row": ["1"], "send": "9"},
    ],
)
def test_a_form_that_was_made_up_breaks_nothing(scanner: Scanner, person: Person, form: dict[str, Any]) -> None:
    job = faulty(scanner)
    answer = mend(person, job, form, SEND)
    assert answer.status_code in (400, 422), answer.text


def test_jobs_whose_rejects_cannot_be_sent_by_themselves_say_so(site: Site, scanner: Scanner, person: Person) -> None:
    whole = scanner.post([*several(1), BAD], on_error="abort").json()["job_id"]
    assert "all or nothing" in words(person.get(f"/jobs/{whole}/mend").text)
    assert f"/jobs/{whole}/mend" not in person.get(f"/jobs/{whole}").text
    with writer_stopped(site):
        waiting = job_of(scanner.post([*several(1), BAD], background=True))
        assert person.get(f"/jobs/{waiting}/mend").status_code == 409


def test_pages_of_rejects_follow_one_another(scanner: Scanner, person: Person) -> None:
    job = faulty(scanner, 53, contact="x")
    page = person.get(f"/jobs/{job}/mend")
    assert len(fields(page)["row"]) == 50
    further = re.search(r'rel="next" href="([^"]+)"', page.text)
    assert further
    assert fields(person.get(unescape(further[1])))["row"] == ["51", "52", "53"]


HOSTILE = "<script>alert(1)</script>\"'><textarea></textarea>{{ 7*7 }}\u202e"


def test_hostile_records_are_text_and_come_back_as_they_were(site: Site, scanner: Scanner, person: Person) -> None:
    job = faulty(scanner, name_vi=HOSTILE, external_id=HOSTILE, contact="\n=1+1" + "W" * 3_000)
    page = person.get(f"/jobs/{job}/mend")
    assert "<script>alert" not in page.text
    sent = mend(person, job, fields(page), right(), SEND, {"reason": HOSTILE.strip("\u202e")})
    assert sent.status_code == 303
    wait_until(lambda: "created 1" in person.text(sent.headers["location"]), 20, "it is written")
    assert stored(site, scanner)[HOSTILE][2].startswith("=1+1")  # tidied, as every text is


@pytest.mark.parametrize("depth", [60, 900, 972, 975, 978, 981, 984, 987])
def test_a_record_that_is_nested_too_deeply_is_as_one_of_which_nothing_is_known(
    scanner: Scanner, person: Person, depth: int
) -> None:
    deep = b"[" * depth + b"]" * depth
    bad = b'{"name_vi": "A", "recipient_type": "processor", "contact": %s}' % deep
    job = job_of(scanner.send(b'%s\n{"name_vi": "B", "recipient_type": "processor"}\n' % bad))
    page = person.get(f"/jobs/{job}/mend")
    assert page.status_code == 200
    assert fields(page)["0.name_vi"] == ["A" if depth == 60 else ""]
