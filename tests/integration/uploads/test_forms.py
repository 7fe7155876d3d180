"""A file in one request: multipart/form-data."""

import contextlib
import socket
import uuid

import pytest

from deploy.local.data_dir.ports import HOST
from tests.integration.uploads.service import MIB, Owner, Place, b64, refused, sha256
from tests.waiting import wait_until

DATA = "tên,loại\nSao Mai,bên xử lý\n".encode() * 100


def form(*parts: bytes, boundary: str = "xyz") -> dict[str, object]:
    """A body that no library would write."""
    lines = [f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts]
    content = b"".join(lines) + f"--{boundary}--\r\n".encode()
    return {"headers": {"Content-Type": f"multipart/form-data; boundary={boundary}"}, "content": content}


def part(disposition: str, data: bytes = DATA) -> bytes:
    return f"Content-Disposition: form-data; {disposition}\r\n\r\n".encode() + data


def test_a_file_in_one_request(owner: Owner) -> None:
    answer = owner.form("danh sách.csv", DATA)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert answer.headers["Location"] == made["links"]["self"]
    assert (made["name"], made["size"], made["offset"]) == ("danh sách.csv", len(DATA), len(DATA))
    assert (made["state"], made["sha256"], made["created_by"]) == ("complete", sha256(DATA), "scanner-1")
    assert owner.file(made["links"]["self"]) == made
    assert owner.content(made["links"]["self"]).content == DATA


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 8 * MIB - 1, 8 * MIB, 17 * MIB + 3])
def test_files_of_any_size(owner: Owner, size: int) -> None:
    data = (b"\r\n--xyz\r\n-" * (size // 10 + 1))[:size]
    made = owner.form("x.bin", data).json()
    assert (made["size"], made["sha256"]) == (size, sha256(data))
    assert owner.content(made["links"]["self"]).content == data


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('name="file"', "upload"),
        ('name="file"; filename="a.csv"', "a.csv"),
        ('name="file"; filename="C:\\\\Users\\\\an\\\\sổ.xlsx"', "sổ.xlsx"),
        ('name="file"; filename="../../etc/passwd"', "passwd"),
        ('name="file"; filename="/tmp/x/"', None),
        ('name="file"; filename=".."', None),
        ('name="file"; filename=""', None),
        ('name="file"; filename="a\tb.csv"', None),
        ('name="file"; filename="a\x7fb.csv"', None),
        ('name="file"; filename="gpj\u202exslx"', None),
        (f'name="file"; filename="{"a" * 256}"', None),
        (f'name="file"; filename="{"ă" * 255}"', "ă" * 255),
        ("name=\"file\"; filename*=UTF-8''s%E1%BB%95.csv", "sổ.csv"),
    ],
)
def test_the_name_of_a_file(owner: Owner, disposition: str, name: str | None) -> None:
    answer = owner.send("POST", **form(part(disposition)))
    if name is None:
        assert refused(answer, "FILE_NAME")
        assert answer.status_code == 400
    else:
        assert answer.json()["name"] == name


@pytest.mark.parametrize(
    "request_",
    [
        form(),
        form(part('name="other"')),
        form(part('name="file"'), part('name="file"')),
        form(part('name="file"'), part('name="entity"', b"recipients")),
        form(b"no header at all"),
        form(b'Content-Disposition: form-data; name="file"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA'),
        form(b'Content-Disposition: form-data; name="file"; filename="\xff\xfe"\r\n\r\nx'),
        form(part("name=\"file\"; filename*=nothing''x")),
        form(b"X: " + b"y" * 20_000 + b'\r\nContent-Disposition: form-data; name="file"\r\n\r\nx'),
        {"headers": {"Content-Type": "multipart/form-data"}, "content": b"x"},
        {"headers": {"Content-Type": f"multipart/form-data; boundary={'x' * 71}"}, "content": b"x"},
        {"headers": {"Content-Type": "multipart/form-data; boundary=é".encode()}, "content": b"x"},
        {"headers": {"Content-Type": "multipart/form-data; boundary=xyz"}, "content": b""},
        {**form(), "content": b"--xyz\r\n" + part('name="file"')},
    ],
)  # fmt: skip
def test_what_is_no_form_is_refused_and_leaves_nothing(owner: Owner, request_: dict[str, object]) -> None:
    answer = owner.send("POST", **request_)
    assert refused(answer, "MULTIPART")
    assert answer.status_code == 400
    assert owner.send("GET").json()["files"] == []


def test_chunked_works_like_a_length(owner: Owner) -> None:
    sent = form(part('name="file"; filename="a.csv"'))
    body = sent["content"]
    assert isinstance(body, bytes)
    answer = owner.send("POST", headers=sent["headers"], content=iter([body[:50], body[50:]]))
    assert answer.json()["sha256"] == sha256(DATA)


def test_a_connection_that_ends_in_the_middle_leaves_no_file(place: Place, owner: Owner) -> None:
    head = (
        f"POST /api/v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: {owner.headers['Authorization']}\r\n"
        f"Content-Type: multipart/form-data; boundary=xyz\r\nContent-Length: {10 * MIB}\r\n\r\n"
    ).encode()
    with socket.create_connection((HOST, place.ingest.port), timeout=10) as connection:
        connection.sendall(head + b"--xyz\r\n" + part('name="file"; filename="a.csv"', b"x" * (9 * MIB)))
        wait_until(lambda: list(place.folder.glob(f"{owner.tenant}/*/*")), 10, "a part is there")
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
    wait_until(lambda: owner.send("GET").json()["files"] == [], 10, "the file is forgotten")


def test_what_is_neither_form_nor_upload_is_refused(owner: Owner) -> None:
    for headers in ({"Content-Type": "text/csv"}, {}, {"Content-Type": "application/json"}):
        answer = owner.send("POST", headers=headers, content=DATA)
        assert refused(answer, "UPLOAD_MEDIA_TYPE")
        assert answer.status_code == 415


@pytest.mark.parametrize("coding", ["gzip", "zstd", "br"])
def test_a_coded_body_is_refused(owner: Owner, coding: str) -> None:
    sent = form(part('name="file"'))
    answer = owner.send("POST", headers={**sent["headers"], "Content-Encoding": coding}, content=sent["content"])  # type: ignore[dict-item]
    assert refused(answer, "CODED_BODY")


def test_who_may(place: Place) -> None:
    reader, writer = Owner(place.ingest, scope="jobs:read"), Owner(place.ingest, scope="ingest:write")
    assert refused(reader.form("a.csv", DATA), "WRONG_SCOPE")
    made = writer.form("a.csv", DATA).json()["links"]["self"]
    for method, path in (("GET", "/api/v1/files"), ("GET", made), ("GET", f"{made}/content")):
        assert refused(writer.send(method, path), "WRONG_SCOPE")
        assert writer.send("HEAD", path).status_code == 403
    for method in ("PATCH", "DELETE"):
        assert refused(reader.send(method, made), "WRONG_SCOPE")
    assert place.ingest.http.post("/api/v1/files").status_code == 401


def test_another_tenants_file_is_none(place: Place, owner: Owner) -> None:
    made = owner.form("a.csv", DATA).json()["links"]["self"]
    other = place.owner()
    for path in (made, f"/api/v1/files/{uuid.uuid4()}", "/api/v1/files/x"):
        for method, below in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
            answer = other.send(method, path + below)
            assert refused(answer, "FILE_NOT_FOUND")
            assert answer.status_code == 404
        assert refused(other.patch(path, 0, b"x"), "FILE_NOT_FOUND")
    assert b64(owner.content(made).content) == b64(DATA)
