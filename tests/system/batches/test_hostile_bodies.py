"""Bodies that are made to hurt: refused as the client's fault, with nothing written."""

import gzip
import json
import time
import uuid
import zlib
from collections.abc import Callable

import pytest
import zstandard

from tests.system.api import Tenant
from tests.system.samples import ACTIVITY, RECIPIENT

pytestmark = pytest.mark.usefixtures("still_serving")

RECORD = json.dumps(RECIPIENT.sample(), ensure_ascii=False).encode()
GOOD = b'{"recipients": [%s]}' % RECORD
MIB = 1 << 20
DEEP = 200_000

MALFORMED: dict[str, bytes] = {
    "text": b"hello",
    "cut off": GOOD[:-2],
    "cut in a character": GOOD[: GOOD.index("Vận".encode()) + 2],
    "trailing garbage": GOOD + b" x",
    "two documents": GOOD + GOOD,
    "single quotes": GOOD.replace(b'"', b"'"),
    "trailing comma": GOOD.replace(b"}]", b"},]"),
    "comment": b"/* */" + GOOD,
    "NaN": b'{"recipients": [{"name_vi": NaN}]}',
    "Infinity": b'{"recipients": [{"name_vi": Infinity}]}',
    "leading zero": b'{"recipients": [{"name_vi": 007}]}',
    "control character in text": b'{"recipients": [{"name_vi": "a\nb"}]}',
    "NUL bytes": b"\x00" * 100,
    "bad UTF-8": GOOD.replace("ậ".encode(), b"\xff"),
    "overlong UTF-8": GOOD.replace("ậ".encode(), b"\xc0\xaf"),
    "surrogate in UTF-8": GOOD.replace("ậ".encode(), b"\xed\xa0\x80"),
    "UTF-16": GOOD.decode().encode("utf-16"),
    "deep lists": b'{"recipients": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep objects": b'{"recipients":' * DEEP + b"1" + b"}" * DEEP,
    "deep and cut off": b"[" * DEEP,
}
MISSHAPEN: dict[str, bytes] = {
    "empty body": b"",
    "blank body": b" \n ",
    "null": b"null",
    "a number": b"1",
    "a list": b"[%s]" % RECORD,
    "no member": b"{}",
    "another kind's member": GOOD.replace(b'"recipients"', b'"activities"'),
    "member null": b'{"recipients": null}',
    "member an object": b'{"recipients": %s}' % RECORD,
    "member text": b'{"recipients": "x"}',
    "empty list": b'{"recipients": []}',
    "deep in a record": b'{"recipients": [{"name_vi": %s}]}' % (b"[" * DEEP + b"]" * DEEP),
    "deep in an unknown member": b'{"recipients": [{"x": %s}]}' % (b'{"x":' * DEEP + b"1" + b"}" * DEEP),
    "only null": b'{"recipients": [null]}',
    "5,000 digits": b'{"recipients": [{"name_vi": %s}]}' % (b"1" * 5_000),
    "huge exponent": b'{"recipients": [{"name_vi": 1e999999}]}',
    "lone surrogate": b'{"recipients": [{"name_vi": "\\ud800", "recipient_type": "internal"}]}',
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_body_is_400(tenant: Tenant, name: str) -> None:
    assert tenant.send(RECIPIENT, MALFORMED[name]).status_code == 400
    assert tenant.count(RECIPIENT) == 0


@pytest.mark.parametrize("name", MISSHAPEN)
def test_a_body_of_another_shape_is_refused(tenant: Tenant, name: str) -> None:
    assert tenant.send(RECIPIENT, MISSHAPEN[name]).status_code in (400, 422)
    assert tenant.count(RECIPIENT) == 0


@pytest.mark.parametrize("name", [*MALFORMED, *MISSHAPEN])
def test_as_lines_the_same_bodies_are_refused_too(tenant: Tenant, name: str) -> None:
    body = {**MALFORMED, **MISSHAPEN}[name]
    answer = tenant.send(RECIPIENT, body, headers={"Content-Type": "application/x-ndjson"})
    assert answer.status_code in (400, 422)
    assert tenant.count(RECIPIENT) == 0


@pytest.mark.parametrize("name", ["extra member", "member twice", "key twice", "byte order mark", "surrogate pair"])
def test_an_odd_body_is_written_rightly_or_refused(tenant: Tenant, name: str) -> None:
    body = {
        "extra member": GOOD.replace(b"{", b'{"x": 1, ', 1),
        "member twice": b'{"recipients": [%s], "recipients": [%s]}' % (RECORD, RECORD),
        "key twice": GOOD.replace(b'"name_vi"', b'"name_vi": "x", "name_vi"', 1),
        "byte order mark": b"\xef\xbb\xbf" + GOOD,
        "surrogate pair": GOOD.replace("ậ".encode(), b"\\ud83c\\uddfb"),
    }[name]
    answer = tenant.send(RECIPIENT, body)
    assert answer.status_code in (201, 400, 422)
    assert tenant.count(RECIPIENT) == (1 if answer.status_code == 201 else 0)


def test_a_key_twice_in_a_record_of_many_costs_no_neighbour(tenant: Tenant) -> None:
    twice = b'{"name_vi": "x", "name_vi": "y", "recipient_type": "internal"}'
    answer = tenant.send(RECIPIENT, b'{"recipients": [%s, %s, %s]}' % (RECORD, twice, RECORD))
    assert answer.status_code == 201
    assert tenant.count(RECIPIENT) == 3 - answer.json()["total_failed"] >= 2


def test_a_member_with_nul_in_its_name_costs_no_neighbour(tenant: Tenant) -> None:
    """PostgreSQL has no NUL, so its error could not be stored as it is, and the job would never end."""
    answer = tenant.post(
        RECIPIENT, [RECIPIENT.sample(), RECIPIENT.sample(**{"a\0b": 1})], headers={"Prefer": "wait=20"}
    )
    assert answer.status_code == 201
    assert [error["code"] for error in answer.json()["errors"]] == ["UNKNOWN_MEMBER"]
    assert tenant.count(RECIPIENT) == 1


def test_many_unknown_members_are_answered(tenant: Tenant) -> None:
    record = ACTIVITY.sample(**{f"member-{n}": n for n in range(20_000)}, **{"x" * 20_000: 1})
    answer = tenant.post(ACTIVITY, [record, ACTIVITY.sample()])
    assert answer.status_code == 201
    assert len(answer.json()["errors"]) <= 100
    assert tenant.count(ACTIVITY) == 1


def test_many_bad_ids_in_a_list_are_answered(tenant: Tenant) -> None:
    answer = tenant.post(ACTIVITY, [ACTIVITY.sample(recipient_ids=["x"] * 50_000), ACTIVITY.sample()])
    assert answer.status_code == 201
    assert len(answer.json()["errors"]) <= 100
    assert tenant.count(ACTIVITY) == 1


MARKS = "\u0315\u0300" * 50_000


@pytest.mark.parametrize("text", [f"a{MARKS}", f"a{MARKS[:62]}"], ids=len)
def test_a_text_of_marks_is_a_fault_of_its_field_and_costs_no_time(tenant: Tenant, text: str) -> None:
    """297 bytes of gzip, which a normaliser is busy with for 14 seconds."""
    records = [RECIPIENT.sample(), RECIPIENT.sample(contact=text), RECIPIENT.sample(external_id=text)]
    body = gzip.compress(json.dumps({"recipients": records}, ensure_ascii=False).encode())
    answer = tenant.send(RECIPIENT, body, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 201
    errors = [(error["index"], error["pointer"], error["external_id"]) for error in answer.json()["errors"]]
    assert errors == [(1, "/contact", None), (2, "/external_id", None)]


@pytest.mark.parametrize("media", ["application/json", "application/x-ndjson"])
def test_a_list_of_millions_is_one_fault_and_costs_its_neighbours_nothing(tenant: Tenant, media: str) -> None:
    good = json.dumps(ACTIVITY.sample()).encode()
    huge = good[:-1] + b', "data_category_ids": [%s]}' % b",".join([b"0"] * 4_500_000)
    records = [good, huge, good]
    body = b'{"activities": [%s]}' % b",".join(records) if media.endswith("/json") else b"\n".join(records)
    heads = {"Content-Encoding": "gzip", "Content-Type": media}
    answer = tenant.send(ACTIVITY, gzip.compress(body, 1), headers=heads)
    assert answer.status_code == 201
    assert [(error["index"], error["pointer"]) for error in answer.json()["errors"]] == [(1, "/data_category_ids")]
    assert tenant.count(ACTIVITY) == 2
    errors = tenant.get(answer.json()["errors_url"])
    assert len(errors.content) < 5_000


def test_a_list_of_a_thousand_passes_and_one_of_more_does_not(tenant: Tenant) -> None:
    ids = [tenant.post(RECIPIENT, [RECIPIENT.sample()]).json()["recipient_ids"][0]] * 1_000
    answer = tenant.post(ACTIVITY, [ACTIVITY.sample(recipient_ids=ids), ACTIVITY.sample(recipient_ids=[*ids, ids[0]])])
    assert [(error["index"], error["pointer"]) for error in answer.json()["errors"]] == [(1, "/recipient_ids")]
    assert "1000" in answer.json()["errors"][0]["error"]
    assert "1000" in answer.json()["errors"][0]["error_vi"]
    assert tenant.count(ACTIVITY) == 1


def test_a_record_of_a_thousand_unknown_ids_has_twenty_errors(tenant: Tenant) -> None:
    """The last of which counts the others, in both languages; and all formats tell the same."""
    unknown = [str(uuid.uuid4()) for _ in range(1_000)]
    many = [ACTIVITY.sample(recipient_ids=unknown, transfer_ids=unknown) for _ in range(60)]
    body = tenant.post(ACTIVITY, [*many, ACTIVITY.sample()]).json()
    assert (body["total_rejected"], tenant.count(ACTIVITY)) == (60, 1)
    paged = tenant.pages(body["errors_url"])
    errors = [error for page in paged for error in page]
    assert [error["index"] for error in errors] == [index for index in range(60) for _ in range(20)]
    assert max(map(len, paged)) <= 500
    assert "1981" in errors[19]["error"]
    assert "1981" in errors[19]["error_vi"]
    lines = tenant.get(body["errors_url"], headers={"Accept": "application/x-ndjson"}).text
    assert [json.loads(line) for line in lines.splitlines()] == errors
    rejects = tenant.get(f"{body['job_url']}/rejects").text.splitlines()
    assert len(rejects) == 60
    assert json.loads(rejects[0])["recipient_ids"] == unknown


@pytest.mark.parametrize("media", ["application/json", "application/x-ndjson"])
@pytest.mark.parametrize("value", ['"\\ud800"', "[" * 2_000 + "]" * 2_000, '{"a":' * 2_000 + "1" + "}" * 2_000])
def test_a_broken_record_is_rejected_by_its_place_in_both_forms(tenant: Tenant, media: str, value: str) -> None:
    broken = b'{"name_vi": %s, "recipient_type": "internal"}' % value.encode()
    records = [RECORD, broken, RECORD]
    body = b'{"recipients": [%s]}' % b",".join(records) if media.endswith("/json") else b"\n".join(records)
    answer = tenant.send(RECIPIENT, body, headers={"Content-Type": media})
    assert answer.status_code == 201
    assert [error["index"] for error in answer.json()["errors"]] == [1]
    assert tenant.count(RECIPIENT) == 2


def test_a_member_twice_is_400_in_both_languages(tenant: Tenant) -> None:
    answer = tenant.send(RECIPIENT, b'{"recipients": [%s], "recipients": [%s]}' % (RECORD, RECORD))
    assert (answer.status_code, answer.json()["code"]) == (400, "MEMBER_REPEATED")
    assert answer.json()["detail"] != answer.json()["detail_vi"]
    assert tenant.count(RECIPIENT) == 0


@pytest.mark.parametrize("media", ["application/json", "application/x-ndjson"])
def test_a_byte_order_mark_is_skipped(tenant: Tenant, media: str) -> None:
    body = GOOD if media.endswith("/json") else RECORD
    assert tenant.send(RECIPIENT, b"\xef\xbb\xbf" + body, headers={"Content-Type": media}).status_code == 201
    assert tenant.count(RECIPIENT) == 1


def test_a_whole_number_with_a_fraction_of_nothing_is_taken(tenant: Tenant) -> None:
    answer = tenant.post(ACTIVITY, [ACTIVITY.sample(retention_period_months=60.0), ACTIVITY.sample()])
    assert answer.json()["total_created"] == 2
    assert sorted(str(row["retention_period_months"]) for row in tenant.rows(ACTIVITY.table)) == ["60", "None"]


def test_a_window_over_the_limit_is_named(tenant: Tenant) -> None:
    limit = tenant.get("/api/v1/limits").json()["max_zstd_window_bytes"]
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    answer = tenant.send(RECIPIENT, packer.compress(GOOD) + packer.flush(), headers={"Content-Encoding": "zstd"})
    assert (answer.status_code, answer.json()["code"]) == (400, "ZSTD_WINDOW")
    assert str(limit) in answer.json()["detail"]
    assert str(limit) in answer.json()["detail_vi"]


def zeros_in_gzip(mebibytes: int) -> bytes:
    """A gzip stream of that many MiB of zeros, made at once: each flushed MiB has the same few bytes."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = stream.compress(bytes(MIB)) + stream.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08" + bytes(5) + b"\x00\xff" + block * mebibytes + stream.flush()


def zeros_in_zstd(mebibytes: int) -> bytes:
    """A zstd frame of that many MiB of zeros that does not announce its size."""
    stream = zstandard.ZstdCompressor(level=1).compressobj()
    return b"".join([stream.compress(bytes(MIB)) for _ in range(mebibytes)]) + stream.flush()


@pytest.mark.parametrize("media", ["application/json", "application/x-ndjson"])
@pytest.mark.parametrize(("encoding", "bomb"), [("gzip", zeros_in_gzip), ("zstd", zeros_in_zstd)], ids=["gzip", "zstd"])
def test_a_bomb_of_a_gibibyte_is_413(tenant: Tenant, encoding: str, bomb: Callable[[int], bytes], media: str) -> None:
    body = bomb(1_024)
    began = time.monotonic()
    answer = tenant.send(RECIPIENT, body, headers={"Content-Encoding": encoding, "Content-Type": media})
    assert answer.status_code == 413
    assert time.monotonic() - began < 10


def test_a_frame_that_announces_more_than_the_limit_is_413(tenant: Tenant) -> None:
    body = zstandard.ZstdCompressor(level=1).compress(bytes(200 * MIB))
    assert tenant.send(RECIPIENT, body, headers={"Content-Encoding": "zstd"}).status_code == 413


def test_the_limit_counts_decompressed_bytes(tenant: Tenant) -> None:
    for mebibytes, status in ((63, 201), (65, 413)):
        body = gzip.compress(b" " * (mebibytes * MIB) + GOOD, 1)
        assert tenant.send(RECIPIENT, body, headers={"Content-Encoding": "gzip"}).status_code == status
    assert tenant.count(RECIPIENT) == 1


def gzip_line_then_nothing() -> bytes:
    """A gzip stream that ends after a whole line, without its end."""
    stream = zlib.compressobj(9, zlib.DEFLATED, 31)
    return stream.compress(RECORD + b"\n") + stream.flush(zlib.Z_SYNC_FLUSH)


def zstd_line_then_nothing() -> bytes:
    """A zstd frame that ends after a whole line, without its last block."""
    stream = zstandard.ZstdCompressor().compressobj()
    return stream.compress(RECORD + b"\n") + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)


def with_wrong_sum(body: bytes) -> bytes:
    """The gzip stream with a checksum that is not its own."""
    return body[:-8] + bytes(4) + body[-4:]


CORRUPT: dict[str, tuple[str, bytes]] = {
    "gzip: not compressed": ("gzip", RECORD),
    "gzip: header only": ("gzip", gzip.compress(RECORD)[:10]),
    "gzip: cut off": ("gzip", gzip.compress(RECORD * 100)[:-20]),
    "gzip: cut off after a line": ("gzip", gzip_line_then_nothing()),
    "gzip: wrong checksum": ("gzip", with_wrong_sum(gzip.compress(RECORD))),
    "gzip: noise inside": ("gzip", gzip.compress(RECORD)[:12] + b"\xff\xff\xff" + gzip.compress(RECORD)[15:]),
    "gzip: twice": ("gzip", gzip.compress(gzip.compress(RECORD))),
    "gzip: is zstd": ("gzip", zstandard.compress(RECORD)),
    "zstd: not compressed": ("zstd", RECORD),
    "zstd: header only": ("zstd", zstandard.compress(RECORD)[:5]),
    "zstd: cut off": ("zstd", zstandard.compress(RECORD * 100)[:-10]),
    "zstd: cut off after a line": ("zstd", zstd_line_then_nothing()),
    "zstd: is gzip": ("zstd", gzip.compress(RECORD)),
}


@pytest.mark.parametrize("media", ["application/json", "application/x-ndjson"])
@pytest.mark.parametrize("name", CORRUPT)
def test_corrupt_compression_is_refused(tenant: Tenant, name: str, media: str) -> None:
    encoding, body = CORRUPT[name]
    answer = tenant.send(RECIPIENT, body, headers={"Content-Encoding": encoding, "Content-Type": media})
    assert answer.status_code in ((400, 422) if name == "gzip: twice" else (400,))
    assert tenant.count(RECIPIENT) == 0


def test_an_empty_compressed_body_is_an_empty_body(tenant: Tenant) -> None:
    for encoding, compress in (("gzip", gzip.compress), ("zstd", zstandard.compress)):
        for body in (b"", compress(b"")):
            assert tenant.send(RECIPIENT, body, headers={"Content-Encoding": encoding}).status_code in (400, 422)
