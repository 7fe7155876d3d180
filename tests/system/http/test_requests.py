"""What a request must be like: addresses, methods, media types, lengths, limits and the headers that name it."""

import json
import re

import pytest

from tests.system.api import Tenant
from tests.system.samples import ACTIVITY, RECIPIENT, Json, Kind, each_kind

pytestmark = pytest.mark.usefixtures("still_serving")

GOOD = json.dumps({"recipients": [RECIPIENT.sample()]}).encode()
LIMIT = 64 * 1024 * 1024


def names_number(problem: Json, number: int) -> bool:
    """Whether the refusal says this limit in both languages, however it groups the digits."""
    return all(str(number) in re.sub(r"[\s,._]", "", problem[name]) for name in ("detail", "detail_vi"))


@pytest.mark.parametrize("path", ["/", "/api", "/api/v2/jobs", "/api/v1/tenants", "/%00", "/openapi.yaml"])
def test_an_unknown_address_is_404(tenant: Tenant, path: str) -> None:
    assert tenant.get(path).status_code == 404


def test_an_unknown_kind_is_404(tenant: Tenant) -> None:
    answer = tenant.act(f"/api/v1/tenants/{tenant.id}/batch/cats")
    assert answer.status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("background", [False, True], ids=["waiting", "background"])
def test_another_method_is_405_and_says_which_there_are(tenant: Tenant, method: str, background: bool) -> None:
    path = tenant.path(RECIPIENT, background=background)
    answer = tenant.stack.http.request(method, path, headers=tenant.bearer)
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize("path", ["/api/v1/jobs", "/api/v1/limits", "/openapi.json", "/livez"])
def test_what_can_only_be_read_cannot_be_deleted(tenant: Tenant, path: str) -> None:
    answer = tenant.stack.http.delete(path, headers=tenant.bearer)
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/api/v1/jobs", "/livez", "/nowhere"])
def test_any_method_is_answered(tenant: Tenant, method: str, path: str) -> None:
    assert tenant.stack.http.request(method, path, headers=tenant.bearer).status_code < 500


MEDIA = ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
         "application/vnd.api+json", "application", "json", "", "*/*", "application/json, text/plain"]  # fmt: skip


@pytest.mark.parametrize("media", MEDIA)
def test_another_media_type_is_415(tenant: Tenant, media: str) -> None:
    assert tenant.send(RECIPIENT, GOOD, headers={"Content-Type": media}).status_code == 415
    assert tenant.count(RECIPIENT) == 0


def test_no_media_type_at_all_is_415(tenant: Tenant) -> None:
    answer = tenant.stack.http.post(tenant.path(RECIPIENT), content=GOOD, headers=tenant.bearer)
    assert answer.status_code == 415


@pytest.mark.parametrize("charset", ["latin-1", "utf-16"])
def test_another_charset_is_refused(tenant: Tenant, charset: str) -> None:
    body = json.dumps({"recipients": [RECIPIENT.sample(name_vi="é")]}, ensure_ascii=False).encode(charset)
    answer = tenant.send(RECIPIENT, body, headers={"Content-Type": f"application/json; charset={charset}"})
    assert answer.status_code in (400, 415)


@pytest.mark.parametrize("encoding", ["br", "deflate", "compress", "gzip, gzip", "gzip, zstd", "x", "gzip;q=1"])
def test_another_content_encoding_is_refused(tenant: Tenant, encoding: str) -> None:
    answer = tenant.send(RECIPIENT, GOOD, headers={"Content-Encoding": encoding})
    assert answer.status_code in ((415,) if encoding in ("br", "deflate", "compress", "x") else (400, 415))
    assert tenant.count(RECIPIENT) == 0


def test_a_post_without_a_length_is_411(tenant: Tenant) -> None:
    assert tenant.raw(RECIPIENT, b"", b"").status == 411


@each_kind
def test_one_record_too_many_is_413_and_says_the_limit(tenant: Tenant, kind: Kind) -> None:
    for media, body in (
        ("application/json", json.dumps({kind.member: [kind.sample()] * (kind.limit + 1)}).encode()),
        ("application/x-ndjson", (json.dumps(kind.sample()).encode() + b"\n") * (kind.limit + 1)),
    ):
        answer = tenant.send(kind, body, headers={"Content-Type": media})
        assert answer.status_code == 413
        assert names_number(answer.json(), kind.limit)
    assert tenant.count(kind) == 0


def test_a_body_announced_too_large_is_413_before_it_is_sent(tenant: Tenant) -> None:
    answer = tenant.raw(RECIPIENT, b"Content-Length: %d\r\n" % (LIMIT + 1), GOOD)
    assert answer.status == 413
    assert names_number(answer.json(), LIMIT)


def test_a_chunked_body_is_cut_off_at_the_limit(tenant: Tenant) -> None:
    piece = b"100000\r\n%s\r\n" % (b" " * 0x100000)
    answer = tenant.raw(RECIPIENT, b"Transfer-Encoding: chunked\r\n", piece * 65 + b"0\r\n\r\n", timeout=30)
    assert answer.status in (413, None)
    assert tenant.count(RECIPIENT) == 0


def posted(tenant: Tenant, query: str) -> int:
    """The status of a good batch under this query, as it is spelled."""
    headers = {**tenant.bearer, "Content-Type": "application/json"}
    return tenant.stack.http.post(f"{tenant.path(RECIPIENT)}?{query}", content=GOOD, headers=headers).status_code


REFUSED = ["mode=merge", "on_error=ignore", "dry_run=maybe", "lane=express", "mode=%00", "lane=%F0%9F"]


@pytest.mark.parametrize("query", REFUSED)
def test_a_parameter_that_is_none_of_the_allowed_is_400(tenant: Tenant, query: str) -> None:
    assert posted(tenant, query) == 400
    assert tenant.count(RECIPIENT) == 0


WEIRD = ["mode=", "mode=INSERT", "mode=insert&mode=upsert", "colour=red", "%zz", "&&&=", "a=" + "b" * 1_000, "mode[]=x"]


@pytest.mark.parametrize("query", WEIRD)
def test_a_weird_query_is_answered_or_refused(tenant: Tenant, query: str) -> None:
    assert posted(tenant, query) in (201, 400)


def test_a_request_id_is_echoed(tenant: Tenant) -> None:
    for headers, status in (({}, 201), ({"Content-Type": "text/plain"}, 415)):
        answer = tenant.send(RECIPIENT, GOOD, headers={"X-Request-ID": "scan-42.a_b", **headers})
        assert answer.status_code == status
        assert answer.headers["x-request-id"] == "scan-42.a_b"


def test_a_request_id_is_made_where_there_is_none(tenant: Tenant) -> None:
    made = {tenant.get("/api/v1/jobs").headers["x-request-id"] for _ in range(3)}
    assert len(made) == 3


@pytest.mark.parametrize("name", ["", "x" * 5_000, "<script>", "a b", '"', "{{7*7}}", "%0d%0aX-Evil: 1"])
def test_any_request_id_is_survived(tenant: Tenant, name: str) -> None:
    answer = tenant.get("/api/v1/jobs", headers={"X-Request-ID": name})
    assert answer.status_code in (200, 400)
    assert "x-evil" not in answer.headers


TRACES = ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0-0-0", "", "x" * 2_000]


@pytest.mark.parametrize("trace", TRACES, ids=["good", "short", "empty", "long"])
def test_a_traceparent_is_accepted_and_never_in_the_way(tenant: Tenant, trace: str) -> None:
    answer = tenant.post(ACTIVITY, [ACTIVITY.sample()], headers={"traceparent": trace, "tracestate": "a=b"})
    assert answer.status_code == 201


def test_an_error_names_no_internals(tenant: Tenant) -> None:
    answer = tenant.send(RECIPIENT, b'{"recipients": QZ7')
    assert answer.status_code == 400
    for word in ("QZ7", "Traceback", "msgspec", "falcon", ".py"):
        assert word not in answer.text
