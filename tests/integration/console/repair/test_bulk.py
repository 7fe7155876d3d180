"""All that match: what a person is shown, what is sealed, and the job that it becomes."""

import datetime
import html
import re
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from services.console.pages.jobs.bulk import Confirmed
from services.console.sign_in import seals
from services.console.sign_in.gate import COOKIE
from tests.integration.console.visitors.listening import writer_stopped
from tests.integration.console.visitors.site import Person, Site, job_of, several, words
from tests.integration.service_process import Scanner

CANCEL = "/jobs/bulk?status=pending&entity=recipients&action=cancel"


def seal_of(answer: httpx.Response) -> str:
    found = re.search(r'name="seal" value="([^"]+)"', answer.text)
    assert found, answer.text
    return html.unescape(found[1])


def waiting(scanner: Scanner, count: int) -> list[str]:
    return [job_of(scanner.post(several(1), background=True)) for _ in range(count)]


def asked(site: Site, person: Person, job: str) -> dict[str, Any]:
    """What the job was asked to do, as the API says."""
    headers = {"Authorization": f"Bearer {person.token}"}
    found: dict[str, Any] = httpx.get(f"{site.ingest.url}/api/v1/jobs/{job}", headers=headers, trust_env=False).json()
    return found


def test_what_is_confirmed_is_what_was_shown_and_is_done_once(site: Site, scanner: Scanner, person: Person) -> None:
    with writer_stopped(site):
        waiting(scanner, 3)
        assert (
            'href="/jobs/bulk?status=pending&amp;entity=recipients&amp;action=cancel"'
            in person.get("/jobs?status=pending&entity=recipients").text
        )
        page = person.get(CANCEL)
        said = words(page.text)
        assert "State: waiting Records: recipients" in said
        assert "They are 3 jobs" in said
        assert "opened by" in said
        assert seal_of(person.get(CANCEL))  # it can be loaded again

        assert person.post(CANCEL, seal=seal_of(page)).status_code == 422  # without a reason
        sent = [person.post(CANCEL, seal=seal_of(page), reason="wrong file") for _ in range(2)]
        assert {answer.status_code for answer in sent} == {303}
        (job,) = {answer.headers["location"].removeprefix("/jobs/") for answer in sent}
        found = asked(site, person, job)
        assert (found["type"], found["created_by"]) == ("bulk", "lan")
        told = found["parameters"]
        assert (told["action"], told["expected"], told["reason"]) == ("cancel", 3, "wrong file")
        assert told["filter"] == {"status": ["pending"], "entity": ["recipients"]}
        assert told["before"]


def test_where_more_match_by_now_the_person_is_asked_again(site: Site, scanner: Scanner, person: Person) -> None:
    """Jobs that come later are behind the cut-off; but one may come into the state that was asked for."""
    with writer_stopped(site):
        waiting(scanner, 2)
        page = person.get(CANCEL)
        waiting(scanner, 2)
        seen = seals.unsealed(secret_of(person), seal_of(page), Confirmed)
        now = datetime.datetime.now(datetime.UTC)
        later = seals.sealed(secret_of(person), replace(seen, before=now))
        answer = person.post(CANCEL, seal=later, reason="x")
        assert answer.status_code == 409
        assert "They are 4 jobs" in words(answer.text)
        assert "More than the 2 jobs" in words(answer.text)
        assert person.post(CANCEL, seal=seal_of(answer), reason="x").status_code == 303
        assert person.post(CANCEL, seal=seal_of(page), reason="x").status_code == 303  # its own two, by the cut-off


def secret_of(person: Person) -> str:
    secret = person.http.cookies[COOKIE]
    assert secret
    return str(secret)


def test_a_seal_is_good_in_its_own_session_as_it_is_and_for_minutes(
    site: Site, scanner: Scanner, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writer_stopped(site):
        waiting(scanner, 1)
        seal = seal_of(person.get(CANCEL))
        changed = seal.replace(seal[:4], "AAAA", 1)
        other = site.person(scanner)
        for who, text in ((other, seal), (person, changed), (person, "x"), (person, "é.é"), (person, "")):
            assert who.post(CANCEL, seal=text, reason="x").status_code == 403, text
        content = seals.unsealed(secret_of(person), seal, Confirmed)
        monkeypatch.setattr(seals, "SEALED_S", -1)
        late = person.post(CANCEL, seal=seals.sealed(secret_of(person), content), reason="x")
        assert late.status_code == 412
        assert "more than" in words(late.text)
        assert seal_of(late)
        assert "There is no job" in person.text("/jobs?type=bulk") or "No job matches" in person.text("/jobs?type=bulk")


def test_who_may_not_steer_is_offered_nothing_and_may_not_ask(site: Site, scanner: Scanner) -> None:
    onlooker = site.person(scanner, scope="jobs:read")
    job_of(scanner.post(several(1)))
    assert "jobs/bulk" not in onlooker.get("/jobs").text
    assert onlooker.get(CANCEL).status_code == 403
    assert onlooker.post(CANCEL, seal="x", reason="x").status_code == 403


@pytest.mark.parametrize(
    ("query", "status"),
    [("action=cancel&status=lost", 400), ("action=delete", 404), ("", 404), ("action=cancel&action=retry", 404)],
)
def test_what_nobody_knows_is_not_asked(person: Person, query: str, status: int) -> None:
    assert person.get(f"/jobs/bulk?{query}").status_code == status


def test_another_site_can_confirm_nothing(person: Person) -> None:
    assert person.post(CANCEL, origin="https://evil.example", seal="x", reason="x").status_code == 403
