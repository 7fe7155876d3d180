"""Files are listed, handed out in ranges, and taken away."""

import uuid

import psycopg
import pytest

from tests.integration.uploads.service import MIB, Owner, Place, refused

DATA = bytes(range(256)) * 4


def made(owner: Owner, name: str = "a.csv", data: bytes = DATA) -> str:
    return str(owner.form(name, data).json()["links"]["self"])


def test_pages_newest_first(owner: Owner) -> None:
    paths = [made(owner) for _ in range(5)][::-1]
    seen: list[str] = []
    token = None
    while True:
        page = owner.send("GET", params={"limit": 2, **({"page_token": token} if token else {})}).json()
        seen += [file["links"]["self"] for file in page["files"]]
        token = page["next_page_token"]
        if token is None:
            break
    assert seen == paths


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "201"}, {"page_token": "x"}, {"status": "complete"}])
def test_parameters_that_are_none(owner: Owner, query: dict[str, str]) -> None:
    assert refused(owner.send("GET", params=query), "BAD_PARAMETER")


@pytest.mark.parametrize(
    ("asked", "first", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=5-9", 5, 10),
        ("bytes=1000-", 1_000, 1_024),
        ("bytes=-24", 1_000, 1_024),
        ("bytes=-5000", 0, 1_024),
        ("bytes=1023-99999999", 1_023, 1_024),
    ],
)
def test_a_range(owner: Owner, asked: str, first: int, end: int) -> None:
    answer = owner.content(made(owner), Range=asked)
    assert (answer.status_code, answer.content) == (206, DATA[first:end])
    assert answer.headers["Content-Range"] == f"bytes {first}-{end - 1}/1024"
    assert answer.headers["Content-Length"] == str(end - first)


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_outside_the_file(owner: Owner, asked: str) -> None:
    answer = owner.content(made(owner), Range=asked)
    assert refused(answer, "RANGE")
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */1024")


@pytest.mark.parametrize("asked", ["lines=1-2", "bytes=5-4", "bytes=0-1,3-4", "bytes=-", "bytes=a-b"])
def test_what_is_no_range_gets_all(owner: Owner, asked: str) -> None:
    answer = owner.content(made(owner), Range=asked)
    assert (answer.status_code, answer.content) == (200, DATA)


def test_a_range_over_parts_and_of_another_version(owner: Owner) -> None:
    data = bytes(range(256)) * 36_000
    path = made(owner, data=data)
    first = 8 * MIB - 10
    assert owner.content(path, Range=f"bytes={first}-{first + 19}").content == data[first : first + 20]
    etag = owner.content(path, Range="bytes=0-0").headers["ETag"]
    assert owner.content(path, Range="bytes=0-0", **{"If-Range": etag}).status_code == 206
    assert owner.content(path, Range="bytes=0-0", **{"If-Range": '"x"'}).content == data


def test_no_browser_shows_it(owner: Owner) -> None:
    name = "tệp \"1\" ; x='2' 100%.html"
    answer = owner.content(owner.create(0, name))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"t_p _1_ _ x='2' 100_.html\"; "
        "filename*=UTF-8''t%E1%BB%87p%20%221%22%20%3B%20x%3D%272%27%20100%25.html"
    )
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_head_of_the_bytes(owner: Owner) -> None:
    answer = owner.send("HEAD", made(owner) + "/content")
    assert (answer.status_code, answer.headers["Content-Length"], answer.content) == (200, "1024", b"")


def test_the_bytes_of_an_upload_under_way(owner: Owner) -> None:
    assert refused(owner.content(owner.create(10)), "FILE_INCOMPLETE")


def test_bytes_that_have_changed_are_not_handed_out(place: Place, owner: Owner) -> None:
    path = made(owner)
    [part] = place.parts(owner.file(path)["id"])
    part.write_bytes(bytes(1_024))
    answer = owner.content(path)
    assert refused(answer, "FILE_DAMAGED")
    part.unlink()
    assert refused(owner.content(path), "FILE_DAMAGED")


def test_a_file_that_a_job_reads_is_not_taken_away(place: Place, owner: Owner) -> None:
    path = made(owner)
    with psycopg.connect(place.database_url, autocommit=True) as sql:
        sql.execute(
            "INSERT INTO work.task (tenant_id, task_id, type, lane, parameters, created_by, request_id, traceparent) "
            "VALUES (%s, %s, 'load', 'normal', jsonb_build_object('file_id', %s::text), 'x', '', '')",
            [owner.tenant, uuid.uuid4(), owner.file(path)["id"]],
        )
        answer = owner.send("DELETE", path)
        assert refused(answer, "FILE_IN_USE")
        assert answer.status_code == 409
        sql.execute("UPDATE work.task SET status = 'completed' WHERE tenant_id = %s", [owner.tenant])
    assert owner.send("DELETE", path).status_code == 204
    for method, below in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
        assert refused(owner.send(method, path + below), "FILE_NOT_FOUND")
    assert owner.send("GET").json()["files"] == []
