"""The page of dossiers: asked for once, listed with what is missing, handed out to those who may see values."""

import re
import uuid

import psycopg
from psycopg.types.json import Jsonb

from tests.integration.console.visitors.site import Person, Site
from tests.integration.service_process import Scanner


def test_a_dossier_is_asked_for_once_and_listed_with_what_is_missing(site: Site, person: Person) -> None:
    assert "Nothing was made yet." in person.text("/dossiers")
    once = re.search(r'name="once" value="([^"]+)"', person.get("/dossiers").text)
    assert once
    sent = {"package": "mau-10", "format": "docx", "language": "vi", "once": once[1]}
    assert [person.post("/dossiers", **sent).status_code for _ in range(2)] == [303, 303]
    page = person.get("/dossiers").text
    assert page.count('id="job-') == 1
    assert person.post("/dossiers", **{**sent, "package": "mau-11"}).status_code == 422

    box = {"form": "10", "box": "II.3", "label": "<b>Loại</b>", "rule": "CAT-04", "missing": 2, "of": 3}
    file = {"format": "docx", "file_id": str(uuid.uuid4()), "name": "a.docx", "bytes": 9, "sha256": "", "pages": None}
    result = {
        "package": "mau-10", "language": "vi", "made_on": "2026-01-02", "records": {},
        "completeness": {"boxes": 4, "filled": 3, "missing": [box]}, "files": [file],
    }  # fmt: skip
    with psycopg.connect(site.database_url, autocommit=True) as connection:
        connection.execute("UPDATE work.task SET result = %s WHERE type = 'package'", [Jsonb(result)])
    shown = person.text("/dossiers")
    assert "75 % · 1 boxes are missing" in shown
    assert "Mẫu 10 II.3: <b>Loại</b> 2/3 CAT-04" in shown
    assert "Word (DOCX): no longer kept" in shown


def test_a_report_is_asked_for_once_and_listed_with_its_days(site: Site, person: Person) -> None:
    once = re.findall(r'name="once" value="([^"]+)"', person.get("/dossiers").text)[1]
    sent = {"package": "report", "language": "vi", "from": "2026-11-16", "to": "2026-11-22", "once": once}
    assert [person.post("/dossiers", **sent).status_code for _ in range(2)] == [303, 303]
    assert person.post("/dossiers", **{**sent, "to": "2026-11-15", "once": "another"}).status_code == 422
    file = {"format": "html", "file_id": str(uuid.uuid4()), "name": "a.html", "bytes": 9, "sha256": "", "pages": None}
    result = {
        "from": "2026-11-16", "to": "2026-11-22", "language": "vi", "records": {}, "findings": {}, "deadlines": {},
        "files": [file],
    }  # fmt: skip
    with psycopg.connect(site.database_url, autocommit=True) as connection:
        connection.execute("UPDATE work.task SET result = %s WHERE type = 'report'", [Jsonb(result)])
    assert person.get("/dossiers").text.count('id="job-') == 1
    shown = person.text("/dossiers")
    assert "Report 2026-11-16 – 2026-11-22" in shown
    assert "Page (HTML): no longer kept" in shown
    assert person.post("/dossiers", package="report", language="en", **{"from": "", "to": ""}).status_code == 303


def test_it_is_for_those_who_may_see_the_inventory(site: Site, scanner: Scanner) -> None:
    viewer = site.person(scanner, scope="jobs:read")
    assert viewer.get("/dossiers").status_code == 403
    assert "/dossiers" not in viewer.get("/").text
