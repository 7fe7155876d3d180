"""Mappings on pages: seen, tried, changed by whoever saw the newest version, approved, and files loaded with them."""

import uuid
from typing import Any

import pytest

from tests.integration.console.visitors.bringing import RECIPIENTS, audited, brought, fields, mapped
from tests.integration.console.visitors.site import Person, Site, words
from tests.integration.service_process import Scanner

HOSTILE = '<script>alert(1)</script>"=1+1" \u202eabc'


def editor(person: Person, mapping: str, **changes: Any) -> dict[str, Any]:
    """The form of a mapping's page, as a browser would send it, with changes."""
    return {**fields(person.get(f"/mappings/{mapping}").text), **changes}


def test_a_mapping_is_tried_saved_and_approved(site: Site, scanner: Scanner, person: Person) -> None:
    mapping = mapped(scanner, brought(person, "bên nhận.csv", RECIPIENTS.encode()))
    path = f"/mappings/{mapping}"
    page = person.text(path)
    assert all(each in page for each in ("Mapping to recipients", "proposed", "Vai trò", "by a table of values"))
    assert "1 of these 2 rows would be refused" in words(person.post(f"{path}/preview", **editor(person, mapping)).text)

    opened = person.post(f"{path}/try", **editor(person, mapping, open="2")).text
    form = fields(opened)
    assert form["was"] == ["2"]
    place = form["o"].index("value_map")
    form[f"o.{place}.k"][0], form[f"o.{place}.v"][0] = "đối tác lạ", "third_party"
    tried = words(person.post(f"{path}/preview", **form).text)
    assert "Not saved yet" in tried
    assert "All of these rows are good" in tried
    closed = fields(person.post(f"{path}/try", **{**form, "open": ""}).text)
    assert "đối tác lạ" in closed["d.2"][0].replace("&#34;", '"')
    assert "Version 1" in person.text(path)

    assert person.post(path, **{**form, "action": "approve"}).headers["Location"] == path
    assert all(each in person.text(path) for each in ("Version 3", "approved", "Load its file"))
    assert audited(site, scanner.tenant)[-2:] == [("mapping.change", "lan"), ("mapping.approve", "lan")]
    stored = scanner.get(f"/api/v1/mappings/{mapping}").json()
    assert stored["columns"][2]["operations"][1]["map"]["đối tác lạ"] == "third_party"
    assert stored["columns"][0]["by"] == "person"


def test_nothing_is_saved_where_nothing_was_changed(scanner: Scanner, person: Person) -> None:
    mapping = mapped(scanner, brought(person, "a.csv", RECIPIENTS.encode()), constants={"contact": "a@b.vn"})
    person.post(f"/mappings/{mapping}", **editor(person, mapping, action="save"))
    assert scanner.get(f"/api/v1/mappings/{mapping}").json()["version"] == 1
    opened = fields(person.post(f"/mappings/{mapping}/try", **editor(person, mapping, open="2")).text)
    person.post(f"/mappings/{mapping}", **{**opened, "action": "save"})
    assert scanner.get(f"/api/v1/mappings/{mapping}").json()["version"] == 1


def test_each_part_of_a_mapping_is_changed(scanner: Scanner, person: Person) -> None:
    mapping = mapped(scanner, brought(person, "a.csv", RECIPIENTS.encode()))
    form = editor(person, mapping, **{"t.3": "", "t.1": "name_en", "c": ["name_vi"], "cv": ["Chung"], "action": "save"})
    assert person.post(f"/mappings/{mapping}", **form).status_code == 303
    stored = scanner.get(f"/api/v1/mappings/{mapping}").json()
    assert [column["target"] for column in stored["columns"]] == ["external_id", "name_en", "recipient_type", None]
    assert stored["constants"] == {"name_vi": "Chung"}

    path = f"/mappings/{mapping}"
    for added in ("join", "default"):
        opened = fields(person.post(f"{path}/try", **editor(person, mapping, open="1")).text)
        form = fields(person.post(f"{path}/try", **{**opened, "o.add": added}).text)
        place = form["o"].index(added)
        given = {
            "join": {f"o.{place}.separator": " - ", f"o.{place}.columns": "1, 4"},
            "default": {f"o.{place}.value": "?"},
        }
        assert person.post(path, **{**form, **given[added], "action": "save"}).status_code == 303
    operations = scanner.get(f"/api/v1/mappings/{mapping}").json()["columns"][1]["operations"]
    assert operations == [
        {"op": "trim"}, {"op": "join", "separator": " - ", "columns": [0, 3]}, {"op": "default", "value": "?"},
    ]  # fmt: skip
    form = fields(person.post(f"{path}/try", **editor(person, mapping, open="1")).text)
    assert person.post(path, **{**form, "o.1.remove": "1", "action": "save"}).status_code == 303
    operations = scanner.get(f"/api/v1/mappings/{mapping}").json()["columns"][1]["operations"]
    assert [each["op"] for each in operations] == ["trim", "default"]


def test_a_page_that_is_old_changes_nothing_and_shows_what_is_true_now(scanner: Scanner, person: Person) -> None:
    mapping = mapped(scanner, brought(person, "a.csv", RECIPIENTS.encode()))
    old = editor(person, mapping, **{"t.0": "", "action": "save"})
    assert (
        person.post(f"/mappings/{mapping}", **editor(person, mapping, **{"t.3": "", "action": "save"})).status_code
        == 303
    )
    answer = person.post(f"/mappings/{mapping}", **old)
    assert answer.status_code == 412
    assert "newer version" in words(answer.text)
    assert (fields(answer.text)["version"], fields(answer.text)["t.0"]) == (["2"], ["external_id"])
    assert "cannot be changed" in person.text(f"/mappings/{mapping}?version=1")


def test_what_does_not_fit_is_shown_where_it_is(scanner: Scanner, person: Person) -> None:
    mapping = mapped(scanner, brought(person, "a.csv", RECIPIENTS.encode()))
    path = f"/mappings/{mapping}"
    twice = editor(person, mapping, **{"t.0": "name_vi", "action": "save"})
    refused = person.post(path, **twice)
    assert (refused.status_code, "given by another column already" in words(refused.text)) == (422, True)
    assert fields(refused.text)["t.0"] == ["name_vi"]
    lacking = person.post(path, **editor(person, mapping, **{"t.1": "", "action": "approve"}))
    assert (lacking.status_code, "what every record must have: name_vi" in words(lacking.text)) == (422, True)
    for bad in (
        {"t.0": "no_such_field"},
        {"c": ["recipient_type"], "cv": ["king"]},
        {"d.0": "[{", "d.0.target": "external_id"},
    ):
        assert person.post(path, **editor(person, mapping, **bad, action="save")).status_code in (400, 422)


@pytest.mark.parametrize(
    "operation",
    [
        r'{"op":"trim","separator":"a\u0000b"}', r'{"op":"join","separator":"\\\u0000","columns":[1]}',
        '{"op":"trim","value":' + "[" * 300 + "]" * 300 + "}", '{"op":"trim","value":' + "[" * 980 + "]" * 980 + "}",
        r'{"op":"value_map","map":{"a\u0000":"b"}}', r'{"op":"value_map","map":{"a":"\u0000b"}}',
    ],
)  # fmt: skip
def test_operations_that_cannot_be_kept_are_refused(scanner: Scanner, person: Person, operation: str) -> None:
    mapping = mapped(scanner, brought(person, "a.csv", RECIPIENTS.encode()))
    form = {"version": "1", "t.0": "name_vi", "t.1": "", "d.0.target": "name_vi", "d.0": f"[{operation}]"}
    refused = person.post(f"/mappings/{mapping}", **form, action="save")
    assert (refused.status_code, scanner.get(f"/api/v1/mappings/{mapping}").json()["version"]) == (400, 1)


def test_what_only_looks_like_a_nul_is_text(scanner: Scanner, person: Person) -> None:
    mapping = mapped(scanner, brought(person, "a.csv", RECIPIENTS.encode()))
    form = {
        "version": "1", "t.0": "name_vi", "t.1": "", "d.0.target": "name_vi",
        "d.0": r'[{"op":"join","separator":"\\u0000","columns":[1]}]',
    }  # fmt: skip
    assert person.post(f"/mappings/{mapping}", **form, action="save").status_code == 303
    stored = scanner.get(f"/api/v1/mappings/{mapping}").json()
    assert stored["columns"][0]["operations"][0]["separator"] == r"\u0000"


@pytest.mark.parametrize(("written", "status"), [("%d/%m/%Y %d", 422), ("%Y%Y%m%d", 422), ("%d/%m/%Y", 303)])
def test_a_date_format_that_is_none_is_shown_where_it_is(
    scanner: Scanner, person: Person, written: str, status: int
) -> None:
    mapping = mapped(scanner, brought(person, "a.csv", RECIPIENTS.encode()))
    form = {
        "version": "1", "t.0": "name_vi", "t.1": "", "d.0.target": "name_vi",
        "d.0": f'[{{"op":"date","formats":["{written}"]}}]',
    }  # fmt: skip
    assert person.post(f"/mappings/{mapping}", **form, action="save").status_code == status


def test_whoever_may_not_see_values_sees_errors_without_them(site: Site, scanner: Scanner, person: Person) -> None:
    mapping = mapped(scanner, brought(person, "a.csv", RECIPIENTS.encode()))
    form = editor(person, mapping)
    assert "Công ty Hai" in person.post(f"/mappings/{mapping}/preview", **form).text
    operator = site.person(scanner, scope="jobs:read ingest:write")
    seen = operator.post(f"/mappings/{mapping}/preview", **form).text
    assert "Công ty" not in seen
    assert "/recipient_type" in seen
    onlooker = site.person(scanner, scope="jobs:read")
    assert "Công ty" not in onlooker.post(f"/mappings/{mapping}/preview", **form).text
    for path in (f"/mappings/{mapping}", f"/mappings/{mapping}/try"):
        assert onlooker.post(path, **form).status_code == 403
    assert "<select" not in onlooker.get(f"/mappings/{mapping}").text
    assert site.person(site.scanner()).get(f"/mappings/{mapping}").status_code == 404


def test_text_of_a_file_is_text(scanner: Scanner, person: Person) -> None:
    rows = f"Mã;Tên;Vai trò;{HOSTILE}\nr-1;{HOSTILE};{'W' * 4000};x\n"
    file = brought(person, "<img src=x onerror=alert(1)>.csv", rows.encode())
    mapping = mapped(scanner, file)
    pages = [
        person.get("/files").text, person.get(f"/files/{file}").text, person.get(f"/files/{file}/rows").text,
        person.get(f"/mappings/{mapping}").text, person.get(f"/load?file={file}").text,
        person.post(f"/mappings/{mapping}/preview", **editor(person, mapping)).text,
    ]  # fmt: skip
    assert not any("<script>alert" in page or "<img src=x" in page for page in pages)
    assert "&lt;script&gt;" in pages[2]
    assert "&lt;script&gt;" in pages[5]


def test_files_are_loaded_by_what_was_approved_and_once_a_page(site: Site, scanner: Scanner, person: Person) -> None:
    file = brought(person, "a.csv", RECIPIENTS.encode())
    other = brought(person, "b.csv", RECIPIENTS.encode())
    mapping = mapped(scanner, file)
    how = {f"how.{file}": f"mapping:{mapping}"}
    early = person.post("/load", file=file, **how)
    assert (early.status_code, "no such approved mapping" in words(early.text)) == (409, True)
    assert person.post(f"/mappings/{mapping}", **editor(person, mapping, action="approve")).status_code == 303

    once = str(uuid.uuid4())
    asked = {"file": file, **how, "mode": "upsert", "lane": "high", "dry_run": "1", "once": once}
    jobs = {person.post("/load", **asked).headers["Location"] for _ in range(2)}
    assert len(jobs) == 1
    job = scanner.get(f"/api/v1{jobs.pop()}").json()
    assert (job["type"], job["entity"], job["mode"], job["lane"]) == ("load", "recipients", "upsert", "high")
    assert ("load.open", "lan") in audited(site, scanner.tenant)

    refused = person.post("/load", file=[file, other], **how)
    assert (refused.status_code, "b.csv cannot be loaded" in words(refused.text)) == (409, True)
    assert person.post("/load", file=file, **how, mode="merge").status_code in (400, 422)
    assert person.get("/load").status_code == 422
