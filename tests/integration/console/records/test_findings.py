"""The pages of findings: figures, lists, decisions, downloads; on the page of a record, what rules have found of it."""

import csv
import io
import re
import uuid
import zipfile
from collections.abc import Iterator
from html import unescape

import pytest
from psycopg_pool import ConnectionPool

from libs.contracts.compliance.findings import today
from libs.contracts.texts.console import CONSOLE
from libs.database.server.pool import open_pool
from libs.lookup import page_tokens
from services.console.pages.findings.search import FindingSearch, list_of
from tests.integration.compliance.inventory import DAY, RulesBench
from tests.integration.console.test_pages import HOSTILE, SCRIPT
from tests.integration.console.visitors.site import Person, Site, words
from tests.integration.service_process import Scanner
from tests.integration.tasks.workplace.bench import Bench


@pytest.fixture(scope="module")
def engine(site: Site) -> Iterator[tuple[Bench, ConnectionPool]]:
    """What runs the rules beside the site."""
    with open_pool(
        site.database_url, "sluice_reader", name="r", size=2, statement_timeout_s=15, timeout_s=5
    ) as readers:
        bench = Bench(site.database_url, uuid.uuid4())
        yield bench, readers
        bench.close()


@pytest.fixture
def it(engine: tuple[Bench, ConnectionPool], scanner: Scanner) -> RulesBench:
    """Rules over the inventory of the scanner's tenant."""
    return RulesBench(*engine, scanner.tenant)


def figures(page: str) -> dict[str, str]:
    """The figures of a page by name."""
    return {name: words(text) for name, text in re.findall(r'data-figure="(\w+)">(.*?)</dd>', page)}


def shown(page: str) -> list[str]:
    """The findings of a list, in its order."""
    return re.findall(r'data-finding="([^"]+)"', page)


def test_before_the_first_run_it_says_what_to_do(person: Person) -> None:
    assert "The rules have not been run yet." in person.text("/findings")
    assert "ACT-01" in person.text("/findings/rules")
    assert "Nothing is due." in person.text("/findings/deadlines")


def test_figures_lists_and_the_difference_to_the_run_before(it: RulesBench, person: Person) -> None:
    record = it.inventory.recipient(external_id="r-1")
    it.run()
    page = person.get("/findings").text
    assert figures(page) == {"error": "2", "warning": "2", "info": "0", "accepted": "0"}
    assert shown(page) == [f"ORG-04/{it.tenant}", f"REC-04/{record}", f"REC-01/{record}", f"REC-02/{record}"]
    it.inventory.change("recipient", record, contact="a")
    it.inventory.transfer(destination_country="VN", started_on=today())
    it.run()
    text = person.text("/findings")
    assert "Since the run before: 4 new , 1 resolved" in text
    assert shown(person.get("/findings?state=resolved").text) == [f"REC-01/{record}"]
    assert shown(person.get("/findings?severity=error&entity=recipients").text) == [f"REC-04/{record}"]
    page = person.get("/findings?article=L20").text
    assert {finding.partition("/")[0] for finding in shown(page)} == {"REC-02", "TRF-04", "TRF-06"}
    assert re.findall(r'aria-current="true">(L20)<', page) == ["L20"]
    about = words(person.get("/findings?code=REC-04").text)
    for said in (
        "L37.2a; D356 7.1",
        "Record number and date of the agreement",
        "1 in the last run, 0 of them accepted",
    ):
        assert said in about, said
    for query in ("severity=grave&state=x&entity=y&article=w&record=z", "code=%00", "new=x", "code=a&code=b"):
        assert person.get(f"/findings?{query}").status_code == 200
    made_up = page_tokens.after_text(list_of(it.tenant, FindingSearch()), "x")
    for token in ("x", made_up):
        assert person.get(f"/findings?page_token={token}").status_code == 400
    rules = words(person.get("/findings/rules").text)
    assert "TRF-06 warning Destination is Vietnam" in rules
    due = person.text("/findings/deadlines")
    assert "60 days File the cross-border dossier" in due
    person.http.cookies.set("sluice_lang", "vi")
    assert "Chưa có hợp đồng, thỏa thuận xử lý hoặc chuyển giao" in person.text("/findings")


def test_a_finding_is_accepted_with_a_reason_and_shown_on_its_record(it: RulesBench, person: Person) -> None:
    record = it.inventory.recipient()
    it.run()
    finding, until = f"REC-01/{record}", str(today() + DAY)
    answer = person.post("/findings/accept?severity=warning", finding=finding, reason="Đang <b>hỏi</b>", until=until)
    assert (answer.status_code, answer.headers["location"]) == (303, "/findings?severity=warning")
    page = person.get("/findings?state=accepted").text
    assert shown(page) == [finding]
    assert f"Accepted until {until} by lan : Đang <b>hỏi</b>" in words(page)
    assert "Đang <b>hỏi" not in page
    of_record = person.get(f"/inventory/recipients/{record}").text
    assert shown(of_record) == ["REC-04", "REC-01", "REC-02"]
    assert "Contact of the recipient is missing" in words(of_record)
    for fields in (
        {"reason": ""},
        {"until": "soon"},
        {"until": "2020-01-01"},
        {"finding": "x"},
        {"finding": "REC-03/x"},
    ):
        given = {"finding": finding, "reason": "x", "until": until, **fields}
        assert person.post("/findings/accept", **given).status_code in (400, 404, 422), fields
    assert person.post("/findings/accept", "https://evil.example", finding=finding).status_code == 403
    assert person.post("/findings/reopen", finding=finding, reason="").status_code == 303
    assert shown(person.get("/findings?state=accepted").text) == []


def test_a_list_goes_on_and_is_taken_home_whole(it: RulesBench, person: Person) -> None:
    for number in range(60):
        it.inventory.recipient(external_id=f"r-{number}")
    it.run()
    first = person.get("/findings?code=REC-01").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    assert len({*shown(first), *shown(person.get(unescape(following[1])).text)}) == 60
    table = person.get("/findings.csv?code=REC-01").content.decode("utf-8-sig")
    assert {row["external_id"] for row in csv.DictReader(io.StringIO(table))} == {f"r-{number}" for number in range(60)}
    book = person.get("/findings.xlsx?code=REC-01")
    with zipfile.ZipFile(io.BytesIO(book.content)) as archive:
        assert archive.read("xl/worksheets/sheet1.xml").count(b"<row ") == 61


def test_a_run_is_opened_and_its_job_shows_what_came(it: RulesBench, person: Person) -> None:
    answer = person.post("/findings/run")
    assert answer.status_code == 303
    assert "rules" in person.text(answer.headers["location"])
    ref = it.open()
    it.run(ref)
    assert "What the rules have found Found 1 New 1 As before 0" in person.text(f"/jobs/{ref.task_id}")


def test_who_may_not_see_records_sees_no_findings_and_who_only_looks_decides_nothing(
    site: Site, scanner: Scanner, it: RulesBench
) -> None:
    it.run()
    onlooker = site.person(scanner, scope="jobs:read jobs:write ingest:write")
    for path in ("/findings", "/findings/rules", "/findings/deadlines", "/findings.csv", "/findings.xlsx"):
        assert onlooker.get(path).status_code == 403
    assert "/findings" not in onlooker.get("/").text
    reader = site.person(scanner, scope="jobs:read inventory:read")
    page = reader.get("/findings").text
    assert "Run the rules now" not in page
    assert "Accept …" not in page
    assert reader.post("/findings/accept", finding=f"ORG-04/{it.tenant}").status_code == 403
    assert reader.post("/findings/run").status_code == 403


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_others_is_text(it: RulesBench, person: Person, text: str) -> None:
    record = it.inventory.recipient(name_vi=text, name_en=text, external_id=text)
    it.run()
    for path in ("/findings", f"/inventory/recipients/{record}", f"/findings?code={text}&record={text}"):
        page = person.get(path).text
        assert SCRIPT not in page
        assert "<img src=x" not in page


def test_every_word_of_the_pages_is_there() -> None:
    for name in ("SEVERITY_ERROR", "FINDING_RESOLVED", "ENTITY_ORGANISATION"):
        assert name in CONSOLE
