"""Idempotency-Key: the same request again is answered with the same job."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.system.api import Stack, Tenant
from tests.system.samples import CATEGORY, RECIPIENT, Json


def keyed(key: str) -> dict[str, str]:
    """The header."""
    return {"Idempotency-Key": key}


def replayed(answer: httpx.Response) -> bool:
    """Whether the answer says that it is a replay."""
    replayed: str | None = answer.headers.get("idempotent-replayed")
    assert replayed in (None, "true")
    return replayed is not None


@pytest.mark.parametrize("background", [False, True], ids=["waiting", "background"])
def test_the_same_request_again_is_the_same_job(tenant: Tenant, background: bool) -> None:
    key = keyed(str(uuid.uuid4()))
    records = [RECIPIENT.sample(), RECIPIENT.sample(country_code="XX"), RECIPIENT.sample()]
    first = tenant.post(RECIPIENT, records, background=background, headers=key)
    tenant.ended(first.json()["job_id"])
    again = tenant.post(RECIPIENT, records, background=background, headers=key)
    assert first.is_success
    assert again.is_success
    assert not replayed(first)
    assert replayed(again)
    assert again.json()["job_id"] == first.json()["job_id"]
    assert again.json()["recipient_ids"] == first.json()["recipient_ids"]
    assert again.json()["total_submitted"] == 3
    assert tenant.count(RECIPIENT) == 2
    assert sum(map(len, tenant.pages("/api/v1/jobs"))) == 1


def test_a_replay_is_answered_while_the_first_is_not_written_yet(stack: Stack, tenant: Tenant) -> None:
    key = keyed("scan-42")
    with stack.writers_stopped():
        answers = [tenant.post(RECIPIENT, [RECIPIENT.sample()], background=True, headers=key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202] * 3
    assert [replayed(answer) for answer in answers] == [False, True, True]
    assert len({answer.json()["job_id"] for answer in answers}) == 1
    tenant.ended(answers[0].json()["job_id"])
    assert tenant.count(RECIPIENT) == 1


def test_another_body_under_the_key_is_refused(tenant: Tenant) -> None:
    key = keyed("scan-42")
    assert tenant.post(RECIPIENT, [RECIPIENT.sample()], headers=key).status_code == 201
    answer = tenant.post(RECIPIENT, [RECIPIENT.sample(name_vi="Tên khác")], headers=key)
    assert answer.status_code == 422
    assert not replayed(answer)
    assert tenant.count(RECIPIENT) == 1


REFUSED: dict[str, bytes] = {
    "malformed": b'{"recipients": [',
    "empty list": b'{"recipients": []}',
    "no valid record": b'{"recipients": [{}]}',
    "too many records": b'{"recipients": [' + b",".join([b"{}"] * 5_001) + b"]}",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_request_burns_no_key(tenant: Tenant, name: str) -> None:
    key = keyed("scan-42")
    assert tenant.send(RECIPIENT, REFUSED[name], headers=key).status_code in (400, 413, 422)
    answer = tenant.post(RECIPIENT, [RECIPIENT.sample()], headers=key)
    assert answer.status_code == 201
    assert not replayed(answer)


def test_a_refused_token_burns_no_key(stack: Stack, tenant: Tenant) -> None:
    refused = stack.bearer(stack.claims(tenant.id, scope="jobs:read"))
    assert tenant.post(RECIPIENT, [RECIPIENT.sample()], headers=keyed("scan-42") | refused).status_code == 403
    answer = tenant.post(RECIPIENT, [RECIPIENT.sample(name_vi="Tên khác")], headers=keyed("scan-42"))
    assert answer.status_code == 201
    assert not replayed(answer)


def test_keys_belong_to_a_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    records = [RECIPIENT.sample()]
    answers = [somebody.post(RECIPIENT, records, headers=keyed("scan-42")) for somebody in (tenant, other_tenant)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert not any(map(replayed, answers))
    assert (tenant.count(RECIPIENT), other_tenant.count(RECIPIENT)) == (1, 1)


def test_keys_belong_to_a_route(tenant: Tenant) -> None:
    answers = [tenant.post(kind, [kind.sample()], headers=keyed("scan-42")) for kind in (RECIPIENT, CATEGORY)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert not any(map(replayed, answers))


def test_the_same_key_many_times_at_once_is_one_job(tenant: Tenant) -> None:
    def post(_: int) -> Json:
        answer = tenant.post(RECIPIENT, [RECIPIENT.sample() for _ in range(50)], headers=keyed("scan-42"))
        assert answer.status_code in (201, 202)
        return {"job_id": answer.json()["job_id"], "replayed": replayed(answer)}

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(8)))
    assert len({answer["job_id"] for answer in answers}) == 1
    assert [answer["replayed"] for answer in answers].count(False) == 1
    tenant.ended(answers[0]["job_id"])
    assert tenant.count(RECIPIENT) == 50
    assert sum(map(len, tenant.pages("/api/v1/jobs"))) == 1


@pytest.mark.parametrize("key", ["a", "a key with spaces", "!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~", "k" * 255])
def test_a_key_is_any_printable_ascii(tenant: Tenant, key: str) -> None:
    answers = [tenant.post(RECIPIENT, [RECIPIENT.sample()], headers=keyed(key)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert [replayed(answer) for answer in answers] == [False, True]


def test_a_key_of_256_characters_is_refused(tenant: Tenant) -> None:
    assert tenant.post(RECIPIENT, [RECIPIENT.sample()], headers=keyed("k" * 256)).status_code == 400
    assert tenant.count(RECIPIENT) == 0
