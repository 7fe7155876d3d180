"""Uploads as the IETF has drafted them."""

import pytest

from tests.integration.uploads.service import DRAFT_BODY, Owner, refused, sha256

DATA = b"0123456789abcdef" * 1_000
MARK = {"Upload-Draft-Interop-Version": "8"}


def append(owner: Owner, path: str, offset: int, data: bytes, complete: str = "?0", **headers: str):  # type: ignore[no-untyped-def]
    given = {**DRAFT_BODY, "Upload-Offset": str(offset), "Upload-Complete": complete, **headers}
    return owner.send("PATCH", path, headers=given, content=data)


def begun(owner: Owner, data: bytes = b"", **headers: str) -> str:
    answer = owner.send("POST", headers={"Upload-Complete": "?0", **headers}, content=data)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Upload-Complete"] == "?0"
    assert answer.headers["Upload-Offset"] == str(len(data))
    return str(answer.headers["Location"])


def test_a_file_in_one_request(owner: Owner) -> None:
    headers = {"Upload-Complete": "?1", "Content-Disposition": "attachment; filename=a.csv"}
    answer = owner.send("POST", headers=headers, content=DATA)
    assert answer.status_code == 201
    assert (answer.headers["Upload-Complete"], answer.headers["Upload-Offset"]) == ("?1", str(len(DATA)))
    assert (answer.json()["name"], answer.json()["sha256"]) == ("a.csv", sha256(DATA))


def test_a_file_in_stretches(owner: Owner) -> None:
    path = begun(owner, DATA[:100])
    answer = append(owner, path, 100, DATA[100:200])
    assert (answer.status_code, answer.headers["Upload-Complete"], answer.headers["Upload-Offset"]) == (
        204,
        "?0",
        "200",
    )
    answer = append(owner, path, 200, DATA[200:], "?1")
    assert (answer.status_code, answer.headers["Upload-Complete"]) == (200, "?1")
    assert answer.json()["sha256"] == sha256(DATA)


def test_the_end_may_come_without_bytes(owner: Owner) -> None:
    path = begun(owner, DATA)
    assert append(owner, path, len(DATA), b"", "?1").json()["sha256"] == sha256(DATA)
    assert begun(owner) != path
    empty = owner.send("POST", headers={"Upload-Complete": "?1"}, content=b"")
    assert empty.json()["size"] == 0


def test_where_an_upload_is(owner: Owner) -> None:
    path = begun(owner, DATA[:100], **{"Upload-Length": str(len(DATA))})
    answer = owner.send("HEAD", path, headers=MARK)
    assert answer.status_code == 204
    said = answer.headers
    assert (said["Upload-Offset"], said["Upload-Complete"], said["Upload-Length"]) == ("100", "?0", str(len(DATA)))
    assert f"max-size={10 << 30}" in said["Upload-Limit"]
    assert said["Cache-Control"] == "no-store"
    plain = owner.send("HEAD", path).headers
    assert (plain["Upload-Offset"], plain["Upload-Complete"]) == ("100", "?0")


def test_an_offset_that_lies_gets_the_right_one(owner: Owner) -> None:
    path = begun(owner, DATA[:100])
    answer = append(owner, path, 99, b"x")
    assert refused(answer, "UPLOAD_OFFSET")
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (409, "100")
    assert (answer.json()["expected_offset"], answer.json()["provided_offset"]) == (100, 99)


def test_lengths_that_contradict_are_refused(owner: Owner) -> None:
    path = begun(owner, DATA[:100], **{"Upload-Length": "200"})
    assert refused(append(owner, path, 100, b"x" * 50, "?1"), "UPLOAD_LENGTH")
    assert refused(append(owner, path, 100, b"x", "?0", **{"Upload-Length": "300"}), "UPLOAD_LENGTH")
    assert refused(
        owner.send("POST", headers={"Upload-Complete": "?1", "Upload-Length": "5"}, content=b"x"), "UPLOAD_LENGTH"
    )
    assert append(owner, path, 100, b"x" * 100).json()["state"] == "complete"


@pytest.mark.parametrize("complete", ["", "1", "?2", "true"])
def test_a_header_that_is_none(owner: Owner, complete: str) -> None:
    assert refused(owner.send("POST", headers={"Upload-Complete": complete}, content=b"x"), "UPLOAD_HEADER")


def test_another_body_is_refused(owner: Owner) -> None:
    path = begun(owner)
    answer = owner.send("PATCH", path, headers={"Upload-Offset": "0", "Upload-Complete": "?1"}, content=b"x")
    assert refused(answer, "UPLOAD_MEDIA_TYPE")
