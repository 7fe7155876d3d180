"""Posting batches: waiting and in the background, every kind, every way of sending a body."""

import gzip
import json
import uuid
from collections.abc import Callable, Iterator

import pytest
import zstandard

from tests.system.answers import check_record_error, counted
from tests.system.api import Stack, Tenant
from tests.system.raw import chunked
from tests.system.samples import ACTIVITY, RECIPIENT, Json, Kind, each_kind

ACCEPTED_MEMBERS = {
    "job_id", "status", "status_vi", "message", "message_vi", "total_submitted", "total_accepted", "total_rejected",
    "errors", "errors_url", "job_url", "progress_url",
}  # fmt: skip
WRITTEN_MEMBERS = ACCEPTED_MEMBERS | {
    "total_created", "total_updated", "total_unchanged", "total_failed", "duration_seconds",
}  # fmt: skip


def lines(records: list[Json], end: bytes = b"\n") -> bytes:
    """The records as NDJSON."""
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + end for record in records)


@each_kind
def test_waiting_answers_201_when_the_records_are_in_the_database(tenant: Tenant, kind: Kind) -> None:
    answer = tenant.post(kind, [kind.full(external_id=f"scan-{n}") for n in range(3)])
    assert answer.status_code == 201
    body = answer.json()
    assert body.keys() >= WRITTEN_MEMBERS | {kind.ids_member}
    assert (body["total_submitted"], body["total_accepted"], body["total_rejected"]) == (3, 3, 0)
    assert counted(body) == (3, 0, 0, 0)
    assert body["errors"] == []
    assert body["status"] == "completed"
    assert body["status_vi"] != body["status"]
    assert body["message"] != body["message_vi"]
    assert body["duration_seconds"] >= 0
    stored = {row["external_id"]: str(row[kind.id_field]) for row in tenant.rows(kind.table)}
    assert [stored[f"scan-{n}"] for n in range(3)] == body[kind.ids_member]


@each_kind
def test_every_member_is_stored_as_sent(tenant: Tenant, kind: Kind) -> None:
    record = kind.full(external_id="scan-1", **{kind.id_field: str(uuid.uuid4())})
    assert tenant.post(kind, [record]).status_code == 201
    (row,) = tenant.rows(kind.table)
    assert {name: str(row[name]) for name in record} == {name: str(value) for name, value in record.items()}
    assert str(row["tenant_id"]) == tenant.id


@each_kind
def test_members_left_out_or_null_are_null(tenant: Tenant, kind: Kind) -> None:
    nothing = {name: None for name, value in kind.optional.items() if not isinstance(value, bool)}
    assert counted(tenant.post(kind, [kind.sample(), kind.sample(**nothing)]).json()) == (2, 0, 0, 0)
    assert all(row[name] is None for row in tenant.rows(kind.table) for name in nothing)


@each_kind
def test_in_the_background_answers_202_before_any_writer_moves(stack: Stack, tenant: Tenant, kind: Kind) -> None:
    bad = kind.sample(colour="red", external_id="scan-bad")
    with stack.writers_stopped():
        answer = tenant.post(kind, [kind.sample(), bad, kind.sample()], background=True)
        assert tenant.count(kind) == 0
    assert answer.status_code == 202
    body = answer.json()
    assert body.keys() >= ACCEPTED_MEMBERS | {kind.ids_member}
    assert (body["status"], body["status_vi"]) == ("pending", "đang chờ xử lý")
    assert body["message"] != body["message_vi"]
    assert (body["total_submitted"], body["total_accepted"], body["total_rejected"]) == (3, 2, 1)
    assert [(error["index"], error["external_id"]) for error in body["errors"]] == [(1, "scan-bad")]
    job_url = f"/api/v1/jobs/{body['job_id']}"
    assert (body["job_url"], body["errors_url"]) == (job_url, f"{job_url}/errors")
    assert body["progress_url"] == f"{job_url}/progress"
    assert answer.headers["location"] == job_url
    assert int(answer.headers["retry-after"]) >= 0

    job = tenant.ended(body["job_id"])
    assert job["status"] == "completed"
    assert (job["records"]["created"], job["records"]["rejected"]) == (2, 1)
    assert {str(row[kind.id_field]) for row in tenant.rows(kind.table)} == set(body[kind.ids_member])


@pytest.mark.parametrize("wait", [0, 1])
def test_when_the_wait_runs_out_the_answer_is_202(stack: Stack, tenant: Tenant, wait: int) -> None:
    with stack.writers_stopped():
        answer = tenant.post(RECIPIENT, [RECIPIENT.sample()], headers={"Prefer": f"wait={wait}"})
    assert answer.status_code == 202
    assert answer.headers["location"] == answer.json()["job_url"]
    assert tenant.ended(answer.json()["job_id"])["records"]["created"] == 1


@pytest.mark.parametrize(
    "prefer", ["wait=60", "wait=3600", "wait=-1", "wait=soon", "wait", "respond-later, wait=20", ""]
)
def test_any_prefer_header_is_survived(tenant: Tenant, prefer: str) -> None:
    answer = tenant.post(RECIPIENT, [RECIPIENT.sample()], headers={"Prefer": prefer})
    assert answer.status_code in (201, 202, 400)


def test_accepted_ids_come_in_input_order_without_the_rejected(tenant: Tenant) -> None:
    ids = [str(uuid.uuid4()) for _ in range(50)]
    bad = set(range(3, 50, 7))
    records = [
        ACTIVITY.sample(activity_id=own, external_id=f"scan-{n}", legal_basis="none" if n in bad else "contract")
        for n, own in enumerate(ids)
    ]
    body = tenant.post(ACTIVITY, records).json()
    assert body["activity_ids"] == [own for n, own in enumerate(ids) if n not in bad]
    assert [error["index"] for error in body["errors"]] == sorted(bad)
    for error in body["errors"]:
        assert error["external_id"] == f"scan-{error['index']}"
        check_record_error(error)
    assert counted(body) == (50 - len(bad), 0, 0, len(bad))


def test_the_largest_batch_is_written_in_order(tenant: Tenant) -> None:
    ids = [str(uuid.uuid4()) for _ in range(ACTIVITY.limit)]
    answer = tenant.post(ACTIVITY, [ACTIVITY.sample(activity_id=own) for own in ids], headers={"Prefer": "wait=60"})
    assert answer.status_code == 201
    assert answer.json()["activity_ids"] == ids
    assert tenant.count(ACTIVITY) == ACTIVITY.limit


def test_ids_made_by_the_system_are_uuid_version_7_in_order(tenant: Tenant) -> None:
    ids = tenant.post(RECIPIENT, [RECIPIENT.sample() for _ in range(20)]).json()["recipient_ids"]
    assert {uuid.UUID(made).version for made in ids} == {7}
    assert ids == sorted(set(ids))


def test_tenants_and_kinds_have_names_and_ids_of_their_own(tenant: Tenant, other_tenant: Tenant) -> None:
    own = str(uuid.uuid4())
    for somebody in (tenant, other_tenant):
        for kind in (RECIPIENT, ACTIVITY):
            body = somebody.post(kind, [kind.sample(external_id="scan-1", **{kind.id_field: own})]).json()
            assert counted(body) == (1, 0, 0, 0)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("ended", [True, False], ids=["last-line-ended", "last-line-open"])
def test_ndjson_is_a_record_a_line(tenant: Tenant, end: bytes, ended: bool) -> None:
    body = lines([RECIPIENT.sample(external_id=f"scan-{n}") for n in range(3)], end)
    answer = tenant.send(
        RECIPIENT, body if ended else body.removesuffix(end), headers={"Content-Type": "application/x-ndjson"}
    )
    assert answer.status_code == 201
    assert counted(answer.json()) == (3, 0, 0, 0)


def test_a_bad_line_costs_only_itself(tenant: Tenant) -> None:
    good = lines([RECIPIENT.sample()])
    body = good + b'{"name_vi": \n' + good + b'"text"\n' + good
    answer = tenant.send(RECIPIENT, body, headers={"Content-Type": "application/x-ndjson"})
    assert answer.status_code == 201
    assert [error["index"] for error in answer.json()["errors"]] == [1, 3]
    assert tenant.count(RECIPIENT) == 3


def test_an_element_that_is_no_object_costs_only_itself(tenant: Tenant) -> None:
    answer = tenant.post(RECIPIENT, [RECIPIENT.sample(), 1, "text", None, [], True, 1.5, RECIPIENT.sample()])
    assert answer.status_code == 201
    assert {error["index"] for error in answer.json()["errors"]} == {1, 2, 3, 4, 5, 6}
    for error in answer.json()["errors"]:
        check_record_error(error)
    assert tenant.count(RECIPIENT) == 2


def in_pieces(body: bytes) -> Iterator[bytes]:
    """The body as httpx sends it chunked."""
    return (body[at : at + 100] for at in range(0, len(body), 100))


FORTY = [RECIPIENT.sample(name_vi=f"Đơn vị {n}") for n in range(40)]
BODY = json.dumps({"recipients": FORTY}, ensure_ascii=False).encode()
ENCODINGS: dict[str, tuple[Callable[[bytes], bytes], dict[str, str]]] = {
    "plain": (bytes, {}),
    "charset": (bytes, {"Content-Type": "application/json; charset=utf-8"}),
    "capitals": (bytes, {"Content-Type": "Application/JSON"}),
    "gzip": (gzip.compress, {"Content-Encoding": "gzip"}),
    "zstd": (zstandard.compress, {"Content-Encoding": "zstd"}),
}


@pytest.mark.parametrize("pieces", [False, True], ids=["content-length", "chunked"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_of_a_body_is_the_same_batch(tenant: Tenant, encoding: str, pieces: bool) -> None:
    encode, headers = ENCODINGS[encoding]
    body = encode(BODY)
    answer = tenant.send(RECIPIENT, in_pieces(body) if pieces else body, headers=headers)
    assert answer.status_code == 201
    assert counted(answer.json()) == (40, 0, 0, 0)
    assert {row["name_vi"] for row in tenant.rows("recipient")} == {f"Đơn vị {n}" for n in range(40)}


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_chunks_of_any_size_are_one_body(tenant: Tenant, size: int) -> None:
    answer = tenant.raw(RECIPIENT, b"Transfer-Encoding: chunked\r\n", chunked(BODY, size))
    assert answer.status == 201
    assert answer.json()["total_created"] == 40


def test_compressed_batches_may_be_in_several_frames_but_never_lose_one(tenant: Tenant) -> None:
    one = lines([RECIPIENT.sample()])
    for encoding, compress in (("gzip", gzip.compress), ("zstd", zstandard.compress)):
        headers = {"Content-Type": "application/x-ndjson", "Content-Encoding": encoding}
        answer = tenant.send(RECIPIENT, compress(one) + compress(one), headers=headers)
        assert answer.status_code == 400 or answer.json()["total_created"] == 2


@pytest.mark.parametrize("lane", ["high", "normal", "low"])
def test_every_lane_is_served(tenant: Tenant, lane: str) -> None:
    answer = tenant.post(RECIPIENT, [RECIPIENT.sample()], lane=lane)
    assert answer.status_code == 201
    assert tenant.job(answer.json()["job_id"])["lane"] == lane


def test_the_lane_is_normal_unless_asked_otherwise(tenant: Tenant) -> None:
    job = tenant.job(tenant.post(RECIPIENT, [RECIPIENT.sample()]).json()["job_id"])
    assert (job["lane"], job["mode"]) == ("normal", "insert")
