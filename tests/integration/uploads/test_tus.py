"""Uploads by tus 1.0."""

import contextlib
import hashlib
import socket
import threading
from collections.abc import Iterator

import pytest

from deploy.local.data_dir.ports import HOST
from tests.integration.uploads.service import MIB, TUS, TUS_BODY, Owner, Place, b64, refused, sha256
from tests.waiting import wait_until

DATA = b"0123456789abcdef" * 1_000


def test_what_is_understood(owner: Owner) -> None:
    for path in ("/api/v1/files", f"/api/v1/files/{owner.tenant}"):
        answer = owner.send("OPTIONS", path)
        assert answer.status_code == 204
        said = answer.headers
        assert (said["Tus-Resumable"], said["Tus-Version"], said["Tus-Max-Size"]) == ("1.0.0", "1.0.0", str(10 << 30))
        for extension in ("creation", "creation-with-upload", "termination", "checksum", "expiration"):
            assert extension in said["Tus-Extension"].split(",")
        assert said["Tus-Checksum-Algorithm"] == "sha1,sha256"


def test_a_beginning_with_a_key_is_one_upload(owner: Owner) -> None:
    path = owner.create(len(DATA), **{"Idempotency-Key": "k"})
    owner.patch(path, 0, DATA[:7_000])
    assert owner.create(len(DATA), **{"Idempotency-Key": '"k"'}) == path
    assert owner.offset(path) == 7_000
    others = [owner.create(len(DATA) + 1, **{"Idempotency-Key": "k"}), owner.create(len(DATA)), owner.create(len(DATA))]
    assert len({path, *others}) == 4
    assert refused(
        owner.send("POST", headers={**TUS, "Upload-Length": "5", "Idempotency-Key": "é".encode()}),
        "BAD_IDEMPOTENCY_KEY",
    )


def test_a_file_in_stretches(owner: Owner) -> None:
    path = owner.create(len(DATA), "sổ.csv")
    for start in range(0, len(DATA), 7_000):
        stretch = DATA[start : start + 7_000]
        answer = owner.patch(path, start, stretch)
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["Upload-Offset"] == str(start + len(stretch))
        assert answer.headers["Tus-Resumable"] == "1.0.0"
        assert "GMT" in answer.headers["Upload-Expires"]
    found = owner.file(path)
    assert (found["name"], found["state"], found["sha256"]) == ("sổ.csv", "complete", sha256(DATA))
    assert owner.content(path).content == DATA
    assert owner.offset(path) == len(DATA)
    assert refused(owner.patch(path, len(DATA), b""), "UPLOAD_ENDED")


def test_a_file_with_its_creation(owner: Owner) -> None:
    headers = {**TUS_BODY, "Upload-Length": str(len(DATA))}
    answer = owner.send("POST", headers=headers, content=DATA[:10])
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "10")
    assert owner.patch(answer.headers["Location"], 10, DATA[10:]).status_code == 204
    assert owner.file(answer.headers["Location"])["sha256"] == sha256(DATA)


def test_an_empty_file(owner: Owner) -> None:
    path = owner.create(0)
    assert owner.file(path)["state"] == "complete"
    assert owner.content(path).content == b""


def test_a_length_that_comes_later(owner: Owner) -> None:
    answer = owner.send("POST", headers={**TUS, "Upload-Defer-Length": "1"})
    path = answer.headers["Location"]
    assert owner.patch(path, 0, DATA[:100]).headers["Upload-Defer-Length"] == "1"
    assert owner.file(path)["size"] is None
    assert owner.patch(path, 100, DATA[100:], **{"Upload-Length": str(len(DATA))}).status_code == 204
    assert owner.file(path)["sha256"] == sha256(DATA)


def test_head_says_where_and_what(owner: Owner) -> None:
    path = owner.create(len(DATA), "a.csv")
    owner.patch(path, 0, DATA[:5])
    said = owner.send("HEAD", path, headers=TUS).headers
    assert (said["Upload-Offset"], said["Upload-Length"]) == ("5", str(len(DATA)))
    assert said["Upload-Metadata"] == f"filename {b64(b'a.csv')}"
    assert said["Cache-Control"] == "no-store"


@pytest.mark.parametrize("offset", [0, 4, 6, 1 << 50])
def test_an_offset_that_lies_gets_the_right_one(owner: Owner, offset: int) -> None:
    path = owner.create(len(DATA))
    owner.patch(path, 0, DATA[:5])
    answer = owner.patch(path, offset, DATA[5:])
    assert refused(answer, "UPLOAD_OFFSET")
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (409, "5")
    assert owner.offset(path) == 5


@pytest.mark.parametrize("offset", ["", "-1", "x", "5.0", "9" * 19])
def test_an_offset_that_is_none(owner: Owner, offset: str) -> None:
    path = owner.create(len(DATA))
    assert refused(
        owner.send("PATCH", path, headers={**TUS_BODY, "Upload-Offset": offset}, content=b"x"), "UPLOAD_HEADER"
    )
    assert refused(owner.send("PATCH", path, headers=TUS_BODY, content=b"x"), "UPLOAD_HEADER")


def test_more_than_was_announced(owner: Owner) -> None:
    path = owner.create(10)
    assert refused(owner.patch(path, 0, b"x" * 11), "UPLOAD_BEYOND_LENGTH")
    assert refused(owner.patch(path, 0, iter([b"x" * 11])), "UPLOAD_BEYOND_LENGTH")
    assert owner.patch(path, owner.offset(path), b"x" * (10 - owner.offset(path))).status_code == 204


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_checksum_that_does_not_match_keeps_nothing(place: Place, owner: Owner, algorithm: str) -> None:
    data = DATA * 600  # of more than one part
    path = owner.create(len(data))
    right = b64(hashlib.new(algorithm, data).digest())
    wrong = b64(hashlib.new(algorithm, DATA).digest())
    answer = owner.patch(path, 0, data, **{"Upload-Checksum": f"{algorithm} {wrong}"})
    assert refused(answer, "CHECKSUM_MISMATCH")
    assert answer.status_code == 460
    assert (owner.offset(path), place.parts(owner.file(path)["id"])) == (0, [])
    assert owner.patch(path, 0, data, **{"Upload-Checksum": f"{algorithm} {right}"}).status_code == 204
    assert owner.file(path)["sha256"] == sha256(data)


@pytest.mark.parametrize("checksum", ["", "sha1", "sha1 x", "md5 AAAA", "sha1 AAAA", "sha256 " + "A" * 5_000])
def test_a_checksum_that_is_none(owner: Owner, checksum: str) -> None:
    path = owner.create(10)
    assert refused(owner.patch(path, 0, b"x" * 10, **{"Upload-Checksum": checksum}), "UPLOAD_HEADER")


@pytest.mark.parametrize(
    "metadata",
    ["filename", "filename a b", "filename =", "name YQ==,name YQ==", ",", "é YQ==", "filename /w==", "x" * 5_000],
)  # fmt: skip
def test_metadata_that_is_none(owner: Owner, metadata: str) -> None:
    answer = owner.send("POST", headers={**TUS, "Upload-Length": "1", "Upload-Metadata": metadata.encode()})
    assert answer.status_code == 400
    assert answer.json()["code"] in ("UPLOAD_HEADER", "FILE_NAME")


@pytest.mark.parametrize(
    ("given", "name"), [("../a.csv", "a.csv"), ("a\x00.csv", None), ("a\nb", None), ("x" * 300, None)]
)
def test_the_name_of_a_file(owner: Owner, given: str, name: str | None) -> None:
    metadata = f"filetype {b64(b'text/csv')}, filename {b64(given.encode())},empty"
    answer = owner.send("POST", headers={**TUS, "Upload-Length": "1", "Upload-Metadata": metadata})
    if name is None:
        assert refused(answer, "FILE_NAME")
    else:
        assert owner.file(answer.headers["Location"])["name"] == name


def test_another_version_is_refused(owner: Owner) -> None:
    answer = owner.send("POST", headers={"Tus-Resumable": "0.2.2", "Upload-Length": "1"})
    assert refused(answer, "TUS_VERSION")
    assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")


def test_a_file_without_a_length_or_too_large(owner: Owner) -> None:
    assert refused(owner.send("POST", headers=TUS), "UPLOAD_HEADER")
    answer = owner.send("POST", headers={**TUS, "Upload-Length": str((10 << 30) + 1)})
    assert refused(answer, "FILE_TOO_LARGE")
    assert answer.status_code == 413
    assert answer.headers["Tus-Resumable"] == "1.0.0"


def test_another_body_is_refused(owner: Owner) -> None:
    path = owner.create(10)
    for media in ("", "text/plain", "application/partial-upload"):
        answer = owner.send("PATCH", path, headers={**TUS, "Upload-Offset": "0", "Content-Type": media}, content=b"x")
        assert refused(answer, "UPLOAD_MEDIA_TYPE")


def test_an_upload_is_ended_by_its_owner(owner: Owner) -> None:
    path = owner.create(10)
    answer = owner.send("DELETE", path, headers=TUS)
    assert (answer.status_code, answer.headers["Tus-Resumable"]) == (204, "1.0.0")
    for answer in (owner.send("HEAD", path, headers=TUS), owner.patch(path, 0, b"x")):
        assert answer.status_code == 404


def test_methods_for_those_who_have_none(owner: Owner) -> None:
    path = owner.create(1)
    headers = {**TUS_BODY, "Upload-Offset": "0"}
    assert (
        owner.send("POST", path, headers={**headers, "X-HTTP-Method-Override": "PATCH"}, content=b"x").status_code
        == 204
    )
    assert owner.send("POST", path, headers=headers).status_code == 405
    assert owner.send("POST", path, headers={"X-HTTP-Method-Override": "DELETE"}).status_code == 204
    assert owner.send("GET", path).status_code == 404


@contextlib.contextmanager
def half_sent(place: Place, owner: Owner, path: str, data: bytes, length: int) -> Iterator[socket.socket]:
    """A PATCH of which only the beginning has been sent."""
    head = (
        f"PATCH {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {owner.headers['Authorization']}\r\n"
        "Tus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\n"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()
    with socket.create_connection((HOST, place.ingest.port), timeout=20) as connection:
        connection.sendall(head + data)
        yield connection


def test_what_came_before_the_connection_ended_is_kept(place: Place, owner: Owner) -> None:
    data = DATA * 1_000
    path = owner.create(len(data))
    with half_sent(place, owner, path, data[: 9 * MIB], len(data)) as connection:
        connection.shutdown(socket.SHUT_RDWR)
    wait_until(lambda: owner.file(path)["offset"] == 9 * MIB, 10, "all that came is safe")
    assert owner.patch(path, 9 * MIB, data[9 * MIB :]).status_code == 204
    assert owner.file(path)["sha256"] == sha256(data)


def test_asking_where_to_go_on_ends_the_older_request_and_keeps_what_it_had(place: Place, owner: Owner) -> None:
    data = DATA * 1_000
    path = owner.create(len(data))
    with half_sent(place, owner, path, data[: 9 * MIB], len(data)) as older:
        wait_until(lambda: owner.file(path)["offset"] == 8 * MIB, 10, "a part is safe")
        assert owner.offset(path) == 9 * MIB
        assert b"BODY_INCOMPLETE" in older.makefile("rb").read()
    assert owner.patch(path, 9 * MIB, data[9 * MIB :]).status_code == 204
    assert owner.file(path)["sha256"] == sha256(data)


def test_a_newer_request_ends_the_older_one(place: Place, owner: Owner) -> None:
    data = DATA * 1_000
    path = owner.create(len(data))
    with half_sent(place, owner, path, data[: 9 * MIB], len(data)) as older:
        wait_until(lambda: owner.file(path)["offset"] == 8 * MIB, 10, "a part is safe")
        assert owner.patch(path, 8 * MIB, data[8 * MIB : 8 * MIB + 9]).status_code == 204
        ended = threading.Event()
        threading.Thread(target=_trickle, args=[older, ended], daemon=True).start()
        assert b"UPLOAD_TAKEN_OVER" in older.makefile("rb").read()
        ended.set()
    assert owner.offset(path) == 8 * MIB + 9
    assert owner.patch(path, 8 * MIB + 9, data[8 * MIB + 9 :]).status_code == 204
    assert owner.file(path)["sha256"] == sha256(data)


def _trickle(connection: socket.socket, ended: threading.Event) -> None:
    """Send on, fast enough for the pace."""
    with contextlib.suppress(OSError):
        while not ended.wait(0.05):
            connection.sendall(b"x" * 20_000)


def test_a_client_that_stops_sending_gives_its_thread_back(place: Place, owner: Owner) -> None:
    path = owner.create(64 * MIB)
    with half_sent(place, owner, path, b"x" * (10 * MIB), 64 * MIB) as stalled:
        answer = b"".join(iter(lambda: stalled.recv(65_536), b""))  # what came fast has earned it no long rest
    assert b"408" in answer.split(b"\r\n")[0]
    assert b"BODY_TIMEOUT" in answer
    assert owner.offset(path) == 10 * MIB
