"""Files are brought to the console: in stretches that go on where they were cut, and by a form."""

import hashlib
import re
import socket
import uuid
from urllib.parse import urlsplit

import httpx
import pytest

from tests.integration.console.visitors.bringing import STRETCH, TUS, announce, audited, brought, offset_of, stretch
from tests.integration.console.visitors.site import Person, Site, words
from tests.integration.service_process import Scanner
from tests.waiting import wait_until

PART = 8 * 1024 * 1024
DATA = bytes(range(256)) * 4096  # 1 MiB


def received(site: Site) -> float:
    """Bytes of files that the console has taken from the network so far."""
    metrics = httpx.get(f"{site.console.metrics_url}/metrics", trust_env=False).text
    found = re.search(r"^sluice_upload_bytes_total (\S+)$", metrics, re.MULTILINE)
    assert found
    return float(found[1])


def test_a_file_comes_in_stretches_and_is_looked_at_by_itself(scanner: Scanner, person: Person) -> None:
    begun = announce(person, "danh sách.csv", len(DATA))
    assert (begun.status_code, begun.headers["Upload-Offset"]) == (201, "0")
    url, page = begun.headers["Location"], begun.headers["Content-Location"]
    assert stretch(person, url, DATA[:1000], 0).headers["Upload-Offset"] == "1000"
    assert offset_of(person, url) == 1000
    assert "2 KiB" not in person.text(page)
    assert "Choose the same file again: it goes on" in person.text(page)
    assert stretch(person, url, DATA[1000:], 1000).status_code == 204

    sent = person.get(f"{page}/content")
    assert sent.content == DATA
    assert "attachment" in sent.headers["Content-Disposition"]
    assert hashlib.sha256(DATA).hexdigest() in person.text(page)
    assert [job["type"] for job in scanner.get("/api/v1/jobs").json()["jobs"]] == ["analyze"]
    assert "The file is being looked at." in person.text(page)
    ended = stretch(person, url, b"", len(DATA))
    assert (ended.status_code, ended.json()["code"]) == (409, "UPLOAD_ENDED")


def test_the_same_file_goes_on_and_another_does_not(site: Site, scanner: Scanner, person: Person) -> None:
    begun = announce(person, "a.csv", len(DATA))
    stretch(person, begun.headers["Location"], DATA[:5000], 0)
    again = announce(person, "a.csv", len(DATA))
    assert (again.headers["Location"], again.headers["Upload-Offset"]) == (begun.headers["Location"], "5000")
    others = [
        announce(person, "b.csv", len(DATA)), announce(person, "a.csv", len(DATA) + 1),
        announce(person, "a.csv", len(DATA), modified="2"),
        announce(site.person(scanner, subject="minh"), "a.csv", len(DATA)),
        announce(site.person(site.scanner()), "a.csv", len(DATA)),
    ]  # fmt: skip
    assert {each.headers["Upload-Offset"] for each in others} == {"0"}
    assert begun.headers["Location"] not in {each.headers["Location"] for each in others}


def test_what_had_come_before_a_cut_is_kept(site: Site, person: Person) -> None:
    begun = announce(person, "a.csv", len(DATA))
    url, address = begun.headers["Location"], urlsplit(person.url)
    head = {
        **STRETCH, "Host": address.netloc, "Origin": person.url, "Upload-Offset": "0", "Content-Length": str(len(DATA)),
        "Cookie": "; ".join(f"{name}={value}" for name, value in person.http.cookies.items()),
    }  # fmt: skip
    lines = [f"PATCH {url} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    with socket.create_connection((address.hostname or "", address.port or 80)) as connection:
        before = received(site)
        connection.sendall("\r\n".join(lines).encode() + DATA[:300_000])
        wait_until(lambda: received(site) >= before + 4 * 65_536, 20, "most of it has come")
    wait_until(lambda: offset_of(person, url) == 300_000, 20, "what came is durable")
    assert stretch(person, url, DATA[300_000:], 300_000).status_code == 204
    assert person.get(f"{begun.headers['Content-Location']}/content").content == DATA


def test_a_stretch_at_another_offset_changes_nothing(person: Person) -> None:
    url = announce(person, "a.csv", len(DATA)).headers["Location"]
    stretch(person, url, DATA[:10], 0)
    wrong = stretch(person, url, DATA[:10], 0)
    assert (wrong.status_code, wrong.json()["code"], wrong.headers["Upload-Offset"]) == (409, "UPLOAD_OFFSET", "10")
    long = stretch(person, url, DATA, 10)
    assert (long.status_code, long.json()["code"]) == (400, "UPLOAD_BEYOND_LENGTH")
    assert offset_of(person, url) == 10


def test_what_cannot_be_taken_is_refused_in_both_languages(person: Person) -> None:
    too_large = announce(person, "a.csv", 11 * 1024**3).json()
    assert (too_large["code"], "byte" in too_large["detail_vi"]) == ("FILE_TOO_LARGE", True)
    assert announce(person, "a.csv", 0).json()["code"] == "FILE_EMPTY"
    assert announce(person, "a\u202ecsv", 5).json()["code"] == "FILE_NAME"
    assert announce(person, "a.csv", 5, **{"Tus-Resumable": "0.2"}).status_code == 412
    url = announce(person, "a.csv", 3 * PART).headers["Location"]
    assert stretch(person, url, bytes(PART + 1), 0).json()["code"] == "BODY_TOO_LARGE"
    assert stretch(person, url, b"x", 0, **{"Content-Type": "text/plain"}).status_code == 415
    assert stretch(person, url, b"x", 0, **{"Upload-Offset": "x"}).status_code == 400
    assert stretch(person, f"/uploads/{uuid.uuid4()}", b"x", 0).status_code == 404
    assert stretch(person, "/uploads/x", b"x", 0).status_code == 404
    assert offset_of(person, url) == 0


def test_an_upload_that_is_given_up_is_gone(person: Person) -> None:
    url = announce(person, "a.csv", 100).headers["Location"]
    assert person.http.request("DELETE", url, headers={**TUS, "Origin": person.url}).status_code == 204
    assert person.http.head(url, headers=TUS).status_code == 404
    assert announce(person, "a.csv", 100).headers["Location"] != url


def test_nobody_else_brings_or_takes_anything(site: Site, scanner: Scanner, person: Person) -> None:
    file = brought(person, "a.csv", b"a,b\n1,2\n")
    onlooker = site.person(scanner, scope="jobs:read jobs:write")
    assert announce(onlooker, "a.csv", 5).status_code == 403
    assert announce(person, "a.csv", 5, Origin="https://elsewhere.example").status_code == 403
    assert announce(Person(site.url, scanner.tenant), "a.csv", 5).status_code == 401
    assert onlooker.get(f"/files/{file}").status_code == 200
    for path in (f"/files/{file}/content", f"/files/{file}/rows"):
        assert onlooker.get(path).status_code == 403
    for path in ("delete", "analyze", "map"):
        assert onlooker.post(f"/files/{file}/{path}").status_code == 403
    assert onlooker.post("/load", file=file, **{f"how.{file}": "own:recipients"}).status_code == 403
    page = onlooker.get(f"/files/{file}").text
    assert not any(each in page for each in ('data-opens="delete"', "/content", "/rows", 'type="file"'))
    stranger = site.person(site.scanner())
    assert stranger.get(f"/files/{file}").status_code == 404
    assert stranger.get(f"/files/{file}/content").status_code == 404
    assert file not in stranger.get("/files").text


def test_a_browser_without_scripts_brings_files_by_a_form(person: Person) -> None:
    one = person.http.post("/files", files={"file": ("một.csv", DATA)}, headers={"Origin": person.url})
    assert one.status_code == 303
    assert person.get(f"{one.headers['Location']}/content").content == DATA
    several = [("file", (f"{number}.csv", b"a\n1\n")) for number in range(3)]
    many = person.http.post("/files", files=several, headers={"Origin": person.url})
    assert (many.status_code, many.headers["Location"]) == (303, "/files")
    assert all(f"{number}.csv" in person.text("/files") for number in range(3))


@pytest.mark.parametrize(
    ("files", "status", "said"),
    [
        ([("file", ("", b""))], 422, "Choose a file first."),
        ([("file", ("empty.csv", b""))], 422, "holds no rows"),
        ([("other", ("a.csv", b"a"))], 400, "multipart/form-data"),
        ([("file", ("a\u202e.csv", b"a"))], 400, "control or formatting"),
    ],
)
def test_a_form_that_brings_nothing_says_why(person: Person, files: list, status: int, said: str) -> None:  # type: ignore[type-arg]
    answer = person.http.post("/files", files=files, headers={"Origin": person.url})
    assert (answer.status_code, said in words(answer.text)) == (status, True), words(answer.text)
    assert "There is no file yet." in person.text("/files")


def test_a_form_of_another_site_or_in_another_form_is_refused(person: Person) -> None:
    foreign = {"Origin": "https://elsewhere.example"}
    assert person.http.post("/files", files={"file": ("a.csv", b"a")}, headers=foreign).status_code == 403
    assert person.post("/files", file="a").status_code == 400


def test_a_connection_whose_form_was_not_read_is_said_to_end(person: Person) -> None:
    """Else the next form, sent into a connection that is closing, would get no answer."""
    foreign = {"Origin": "https://elsewhere.example"}
    refused = person.http.post("/files", files={"file": ("a.csv", b"a")}, headers=foreign)
    assert (refused.status_code, refused.headers["Connection"]) == (403, "close")
    for taken in (person.post("/sign-in", token=person.token), person.get("/files")):
        assert "Connection" not in taken.headers


def test_a_file_is_deleted_once_nothing_reads_it(site: Site, scanner: Scanner, person: Person) -> None:
    file = brought(person, "a.csv", b"a,b\n1,2\n")
    busy = person.post(f"/files/{file}/delete")
    assert (busy.status_code, "A job that has not ended reads this file" in words(busy.text)) == (409, True)
    job = scanner.get("/api/v1/jobs").json()["jobs"][0]["id"]
    scanner.act(f"/api/v1/jobs/{job}/cancel")
    assert person.post(f"/files/{file}/delete").headers["Location"] == "/files"
    assert person.get(f"/files/{file}").status_code == 404
    entries = audited(site, scanner.tenant)
    assert [action for action, _ in entries if action.startswith("file.")] == ["file.bring", "file.delete"]
    assert {actor for action, actor in entries if action.startswith("file.")} == {"lan"}


def test_files_have_pages_that_follow_one_another(person: Person) -> None:
    urls = [announce(person, f"{number}.csv", 10).headers["Content-Location"] for number in range(52)]
    first = person.get("/files").text
    assert first.count("data-row") == 50
    further = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = person.get(further).text
    assert second.count("data-row") == 2
    assert all(f'href="{url}"' in first + second for url in urls)
    assert person.get("/files?page_token=x").status_code == 400
