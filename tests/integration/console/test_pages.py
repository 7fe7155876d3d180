"""What the pages show, to whom, and what can be done there."""

import io
import re
import zipfile

import httpx
import pytest

from tests.integration.console.visitors.listening import writer_stopped
from tests.integration.console.visitors.site import Person, Site, job_of, several, words
from tests.integration.service_process import Scanner
from tests.waiting import wait_until

BAD = {"name_vi": "Công ty Sao Mai", "recipient_type": "không rõ", "country_code": "ZZ"}


def listed(person: Person, query: str = "") -> list[str]:
    """The jobs of a page of the list, as it names them."""
    return re.findall(r'<tr id="job-([0-9a-f-]{36})"', person.get(f"/jobs{query}").text)


def test_the_first_page_says_what_to_do_where_nothing_happens_yet(person: Person) -> None:
    assert "Nothing is running. Send a batch to the API" in person.text("/")
    assert "There is no job yet. Send a batch" in person.text("/jobs")
    assert "No job matches. Take a filter away." in person.text("/jobs?status=failed")


def test_jobs_are_listed_newest_first_and_found_by_what_is_typed(scanner: Scanner, person: Person) -> None:
    jobs = [job_of(scanner.post(several(count))) for count in (1, 2)]
    refused = scanner.post([BAD]).json()["job_id"]

    assert listed(person) == [refused, *reversed(jobs)]
    answer = (
        person.get("/jobs") if False else person.http.get("/jobs", params={"find": "status:failed entity:recipients"})
    )
    assert answer.headers["location"] == "/jobs?status=failed&entity=recipients"
    assert listed(person, "?status=failed&entity=recipients") == [refused]
    assert "1 jobs" in person.text("/jobs?status=failed")
    assert listed(person, "?status=failed&entity=data-transfers") == []
    assert listed(person, "?q=COUNTRY_UNKNOWN") == [refused]


def test_a_filter_that_nobody_knows_is_said_and_not_applied(scanner: Scanner, person: Person) -> None:
    job = job_of(scanner.post(several(1)))
    answer = person.http.get("/jobs", params={"find": "status:lost nobody"})
    assert answer.status_code == 200
    assert "status: there is no" in words(answer.text)
    assert listed(person, "?status=lost") == [job]


@pytest.mark.parametrize("token", ["x", "AAAA", "%00", "1" * 300])
def test_a_page_token_that_was_made_up_is_refused(person: Person, token: str) -> None:
    assert person.get(f"/jobs?page_token={token}").status_code == 400


def test_pages_follow_one_another_without_a_gap(scanner: Scanner, person: Person) -> None:
    jobs = {job_of(scanner.post(several(1), background=True)) for _ in range(53)}
    wait_until(lambda: "53 jobs" in person.text("/jobs?status=completed"), 30, "all are written")
    first = person.get("/jobs").text
    further = re.search(r'rel="next" href="([^"]+)"', first)
    assert further
    second = listed(person, further[1].removeprefix("/jobs").replace("&amp;", "&"))
    assert len(second) == 3
    assert {*listed(person), *second} == jobs


def test_a_job_shows_what_became_of_each_record_in_the_readers_language(scanner: Scanner, person: Person) -> None:
    job = job_of(scanner.post([*several(2), {**BAD, "external_id": "r-7"}, BAD]))
    page = person.text(f"/jobs/{job}")

    for said in (
        "created 2",
        "rejected 2",
        "total 4",
        "COUNTRY_UNKNOWN /country_code 2",
        "r-7",
        "Accepted — scanner-1",
    ):
        assert said in page, said
    assert "An ISO 3166-1 alpha-2" in page or "ISO 3166-1" in page
    person.http.cookies.set("sluice_lang", "vi")
    assert "Phải là mã quốc gia" in person.text(f"/jobs/{job}")


def test_errors_go_home_as_a_spreadsheet_and_rejects_only_with_their_right(
    site: Site, scanner: Scanner, person: Person
) -> None:
    job = job_of(scanner.post([{**BAD, "external_id": "=1+1"}, *several(1)]))
    errors = person.get(f"/jobs/{job}/errors.csv")
    assert errors.headers["content-disposition"].startswith("attachment")
    assert "'=1+1" in errors.text
    workbook = person.get(f"/jobs/{job}/errors.xlsx")
    assert workbook.headers["content-disposition"].endswith('.xlsx"')
    with zipfile.ZipFile(io.BytesIO(workbook.content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "=1+1" in sheet
    assert "<f>" not in sheet

    assert "không rõ" in person.get(f"/jobs/{job}/rejects.ndjson").text
    onlooker = site.person(scanner, scope="jobs:read jobs:write")
    assert onlooker.get(f"/jobs/{job}/rejects.ndjson").status_code == 403
    assert "rejects.ndjson" not in onlooker.get(f"/jobs/{job}").text
    assert "không rõ" not in onlooker.get(f"/jobs/{job}").text


def test_a_job_is_cancelled_for_a_reason_that_is_kept(site: Site, scanner: Scanner, person: Person) -> None:
    with writer_stopped(site):
        job = job_of(scanner.post(several(3), background=True))
        seen = person.version(job)
        assert person.post(f"/jobs/{job}/cancel", version=seen).status_code == 422
        assert person.post(f"/jobs/{job}/cancel", version=seen, reason="wrong file").status_code == 303
    wait_until(lambda: "cancelled 3" in person.text(f"/jobs/{job}"), 20, "the end")
    kept = "Its end was asked for. wrong file — lan"
    wait_until(lambda: kept in person.text(f"/jobs/{job}"), 20, "a writer has put the audit trail away")


def test_a_stale_page_does_nothing_and_shows_what_is_true_now(site: Site, scanner: Scanner, person: Person) -> None:
    with writer_stopped(site):
        job = job_of(scanner.post(several(3), background=True))
        seen = person.version(job)
    wait_until(lambda: "created 3" in person.text(f"/jobs/{job}"), 20, "the end")

    answer = person.post(f"/jobs/{job}/cancel", version=seen, reason="late")
    assert answer.status_code == 412
    assert "The job was in another state" in words(answer.text)
    assert "created 3" in words(answer.text)
    assert "late" not in person.text(f"/jobs/{job}")


def test_how_far_a_job_is_makes_no_page_stale(site: Site, scanner: Scanner, person: Person) -> None:
    """While it runs it changes all the time; it can be cancelled all the same."""
    with writer_stopped(site):
        job = job_of(scanner.post(several(3), background=True))
        seen = person.version(job)
        client = site.redis()
        client.hincrby(f"{{{site.namespace}}}:{person.tenant}:job:{job}", "version", 5)
        client.close()
        assert person.version(job) == seen
        assert person.post(f"/jobs/{job}/cancel", version=seen, reason="x").status_code == 303


def test_a_job_that_cannot_be_retried_says_why(scanner: Scanner, person: Person) -> None:
    job = job_of(scanner.post(several(1)))
    answer = person.post(f"/jobs/{job}/retry", version=person.version(job), reason="x")
    assert answer.status_code == 409
    assert "no failed chunk" in words(answer.text)


def test_several_jobs_are_cancelled_and_others_are_left_alone(site: Site, scanner: Scanner, person: Person) -> None:
    ended = job_of(scanner.post(several(1)))
    with writer_stopped(site):
        waiting = [job_of(scanner.post(several(2), background=True)) for _ in range(2)]
        foreign = job_of(site.scanner().post(several(1), background=True))
        answer = person.post(
            "/jobs/selected?status=pending", job=[ended, *waiting, foreign], action="cancel", reason="stop"
        )
        assert answer.headers["location"] == "/jobs?status=pending"
        told = person.text("/jobs?status=pending")
        assert "Asked for: 2. Left alone, since they are in no state for it: 1. Gone: 1." in told
        assert "Asked for" not in person.text("/jobs")  # once
    for job in waiting:
        wait_until(lambda job=job: "cancelled 2" in person.text(f"/jobs/{job}"), 20, "the end")


@pytest.mark.parametrize("jobs", [[], ["01a00000-0000-7000-8000-000000000000"], ["nonsense"]])
def test_a_choice_of_nothing_does_nothing(person: Person, jobs: list[str]) -> None:
    answer = person.post("/jobs/selected", job=jobs, action="cancel", reason="x")
    assert answer.status_code == (422 if not jobs else 404 if jobs == ["nonsense"] else 303)


def test_who_may_only_look_on_is_offered_nothing_else(site: Site, scanner: Scanner) -> None:
    onlooker = site.person(scanner, scope="jobs:read")
    with writer_stopped(site):
        job = job_of(scanner.post(several(1), background=True))
        for path in ("/", "/jobs", f"/jobs/{job}"):
            page = onlooker.get(path).text
            assert 'data-opens="cancel"' not in page
            assert "data-pick" not in page
        assert onlooker.post(f"/jobs/{job}/cancel", version=onlooker.version(job), reason="x").status_code == 403
        assert onlooker.post("/jobs/selected", job=job, action="cancel", reason="x").status_code == 403


def test_another_tenants_job_is_as_one_that_is_not_there(site: Site, person: Person) -> None:
    job = job_of(site.scanner().post(several(1)))
    for path in (f"/jobs/{job}", f"/jobs/{job}/errors.csv", f"/jobs/{job}/rejects.ndjson"):
        assert person.get(path).status_code == 404
    assert person.post(f"/jobs/{job}/cancel", version="0", reason="x").status_code == 404


SCRIPT = "<script>alert(1)</script>"
HOSTILE = [SCRIPT, "\"'><img src=x onerror=alert(1)>", "=HYPERLINK(1)", "a" * 250, "{{ 7*7 }}", "&lt;b&gt;"]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_others_is_text(site: Site, scanner: Scanner, text: str) -> None:
    person = site.person(scanner, subject=text)
    scanner.headers["Authorization"] = f"Bearer {person.token}"
    with writer_stopped(site):
        job = job_of(scanner.post([*several(1), {**BAD, "external_id": text, "name_vi": text}], background=True))
        person.post(f"/jobs/{job}/cancel", version=person.version(job), reason=text)
    wait_until(lambda: "cancelled 1" in person.text(f"/jobs/{job}"), 20, "the end")

    for path in ("/", "/jobs", f"/jobs/{job}", f"/jobs?q={text}", "/nothing"):
        page = person.get(path).text
        assert SCRIPT not in page
        assert "<img src=x" not in page
        assert " 49 " not in words(page)
    assert text.split(maxsplit=1)[0] in words(person.get(f"/jobs/{job}").text)


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200f"])
def test_marks_that_turn_text_around_end_with_it(site: Site, scanner: Scanner, person: Person, mark: str) -> None:
    job = job_of(scanner.post([*several(1), {**BAD, "external_id": f"a{mark}b"}]))
    page = person.get(f"/jobs/{job}").text
    assert f"<bdi>a{mark}b</bdi>" in page


ODD = ["find=" + "x" * 3000, "q=%00", "q=%ff", "status=%ff&status=x", "from=yesterday", "parent=x", "from=0001-01-01"]
ODD += ["to=9999-12-31", "to=0001-01-01T00:00:00%2B14:00", "from=9999-12-31T23:59:59-12:00"]


@pytest.mark.parametrize("query", ODD)
def test_no_address_of_the_list_breaks_it(person: Person, query: str) -> None:
    assert person.get(f"/jobs?{query}").status_code in (200, 303, 400)


def test_language_and_theme_are_remembered(person: Person) -> None:
    person.http.post("/preferences", data={"language": "vi", "theme": "dark"}, headers={"Origin": person.url})
    page = person.get("/").text
    assert '<html lang="vi" data-theme="dark">' in page
    assert "Hiện tại" in page
    answer = person.post("/preferences", language="klingon", theme="x", next="//evil.example")
    assert (answer.headers.get("set-cookie"), answer.headers["location"]) == (None, "/")


def test_times_are_of_the_readers_zone(scanner: Scanner, person: Person) -> None:
    job = job_of(scanner.post(several(1)))
    for zone, offset in (
        ("Asia/Ho_Chi_Minh", "UTC+07:00"),
        ("America/St_Johns", "UTC-03:30"),
        ("no/where", "UTC+00:00"),
    ):
        person.http.cookies.set("sluice_zone", zone)
        assert f"({offset})" in person.text(f"/jobs/{job}")


def test_scripts_and_styles_are_kept_for_ever_and_change_their_address(person: Person) -> None:
    paths = re.findall(r'(?:href|src)="(/static/[^"]+)"', person.get("/").text)
    assert len(paths) >= 5
    for path in paths:
        answer = httpx.get(f"{person.url}{path}", trust_env=False)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert person.get("/static/0000/../../app.py").status_code == 404
    assert person.get("/static/0123456789abcdef/console.css").status_code == 404
