"""Jobs that Redis has forgotten are told from PostgreSQL; after a loss of Redis a repeat writes nothing twice."""

import csv
import datetime
import io
import json
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import redis

from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from libs.jobs.keys import Keys
from libs.lookup.waiting import LOOK_AGAIN_S
from tests.integration.service_process import (
    RECIPIENT,
    Ingest,
    Scanner,
    running_both,
    several,
)
from tests.servers import cloned_database

CHUNK = 50
GOOD = several(120)
BAD: list[Any] = [{"name_vi": "", "recipient_type": "friend", "external_id": "bad-1"}, "no object"]
TIMES = ("started_at", "finished_at", "updated_at")
"""Each store has its own clock for these."""


@pytest.fixture(scope="module")
def namespace() -> str:
    return f"forgotten-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def database(postgres: PostgresServer, template: str) -> Iterator[str]:
    with cloned_database(postgres.url, template) as url:
        yield url


@pytest.fixture(scope="module")
def ingest(
    tmp_path_factory: pytest.TempPathFactory, valkey: ValkeyServer, database: str, namespace: str
) -> Iterator[Ingest]:
    """With a writer beside it."""
    folder = tmp_path_factory.mktemp("forgotten")
    with running_both(
        folder, of_ingest={"chunk_records": CHUNK}, redis_url=valkey.url, database_url=database, namespace=namespace
    ) as (running, _):
        yield running


@pytest.fixture
def scanner(ingest: Ingest) -> Scanner:
    return Scanner(ingest)


@pytest.fixture
def keys(namespace: str) -> Keys:
    return Keys(namespace)


def forget(client: redis.Redis, keys: Keys, scanner: Scanner, job_id: str) -> None:
    """What Redis does when the time of an ended job is over."""
    found = list(client.scan_iter(f"{keys.job(scanner.tenant, uuid.UUID(job_id))}*"))
    assert found
    client.delete(*found)


def flush(client: redis.Redis, keys: Keys) -> None:
    """Take everything of ours from Redis, the scripts as well."""
    client.delete(*client.scan_iter(f"{keys.prefix}*"))
    client.script_flush()


def rows(database: str, scanner: Scanner, table: str = "inventory.recipient") -> int:
    with psycopg.connect(database) as connection:
        found = connection.execute(
            f"SELECT count(*) FROM {table} WHERE tenant_id = %s",
            [scanner.tenant],
        ).fetchone()
    assert found
    return int(found[0])


def told(scanner: Scanner, url: str) -> dict[str, Any]:
    """All that the API tells of a job, apart from the clocks."""
    job = scanner.get(url).json()
    listed = scanner.get("/api/v1/jobs?status=completed&entity=recipients").json()["jobs"]
    return {
        "job": {name: value for name, value in job.items() if name not in TIMES},
        "listed": [{name: value for name, value in each.items() if name not in TIMES} for each in listed],
        "progress": scanner.get(f"{url}/progress").json()["progress"],
        "errors": scanner.get(f"{url}/errors").json(),
        "lines": scanner.get(f"{url}/errors", Accept="application/x-ndjson").text,
        "table": list(csv.reader(io.StringIO(scanner.get(f"{url}/errors", Accept="text/csv").text))),
        "rejects": scanner.get(f"{url}/rejects").text,
    }


def test_a_client_that_waits_is_woken_by_the_end_of_its_job(
    scanner: Scanner, redis_client: redis.Redis, keys: Keys
) -> None:
    """Also after a message that is none: whoever only looked from time to time would need a second each time."""
    scanner.post([RECIPIENT])  # from now on ends are heard
    redis_client.publish(keys.ended, b"no id")
    taken = [scanner.post([RECIPIENT]).elapsed.total_seconds() for _ in range(8)]
    assert min(taken) < LOOK_AGAIN_S / 2, taken


def test_a_job_is_told_as_before(ingest: Ingest, scanner: Scanner, redis_client: redis.Redis, keys: Keys) -> None:
    records = [*GOOD[:3], BAD[0], *GOOD[3:], BAD[1]]
    written = scanner.post(records).json()
    url = written["job_url"]
    live, clocks = told(scanner, url), scanner.get(url).json()
    assert live["job"]["records"]["rejected"] == len(BAD)
    assert [error["index"] for error in live["errors"]["errors"]] == [3, 3, len(GOOD) + 1]
    assert [json.loads(line) for line in live["rejects"].splitlines()] == BAD

    forget(redis_client, keys, scanner, written["job_id"])

    assert told(scanner, url) == live
    for name in TIMES:
        before, after = (datetime.datetime.fromisoformat(each[name]) for each in (clocks, scanner.get(url).json()))
        assert abs(before - after) < datetime.timedelta(seconds=5)


def test_it_has_a_version_of_its_own_and_keeps_it(
    scanner: Scanner, redis_client: redis.Redis, keys: Keys, ingest: Ingest
) -> None:
    written = scanner.post(GOOD).json()
    forget(redis_client, keys, scanner, written["job_id"])
    tag = scanner.get(written["job_url"]).headers["etag"]
    assert scanner.get(written["job_url"], **{"If-None-Match": tag}).status_code == 304
    assert scanner.get(written["job_url"], **{"If-None-Match": f'"x", W/{tag}'}).status_code == 304
    assert scanner.get(written["job_url"], **{"If-None-Match": '"x"'}).status_code == 200


@pytest.mark.parametrize("background", [False, True], ids=["waiting", "background"])
def test_its_key_still_replays_it(
    scanner: Scanner, redis_client: redis.Redis, keys: Keys, database: str, background: bool
) -> None:
    first = scanner.post([*GOOD, *BAD], key="k", background=background)
    scanner.ended(first.json()["job_url"])
    forget(redis_client, keys, scanner, first.json()["job_id"])

    again = scanner.post([*GOOD, *BAD], key="k", background=background)

    assert again.headers["idempotent-replayed"] == "true"
    assert again.status_code == first.status_code == (202 if background else 201)
    assert again.json()["recipient_ids"] == first.json()["recipient_ids"]
    assert again.json()["errors"] == first.json()["errors"]
    if not background:
        assert again.json() == {**first.json(), "duration_seconds": again.json()["duration_seconds"]}
    assert rows(database, scanner) == len(GOOD)
    other = scanner.post(GOOD, key="k", background=background)
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_MISMATCH")


def test_it_cannot_be_changed_any_more(scanner: Scanner, redis_client: redis.Redis, keys: Keys) -> None:
    written = scanner.post([*GOOD, *BAD]).json()
    forget(redis_client, keys, scanner, written["job_id"])
    for action in ("cancel", "retry", "retry?strategy=all"):
        answer = scanner.act(f"{written['job_url']}/{action}")
        assert (answer.status_code, answer.json()["code"]) == (409, "JOB_STATE")
        assert '"completed"' in answer.json()["detail"]
        assert "hoàn thành" in answer.json()["detail_vi"]
    assert scanner.get(written["job_url"]).json()["status"] == "completed"


def test_another_tenant_does_not_see_it(
    ingest: Ingest, scanner: Scanner, redis_client: redis.Redis, keys: Keys
) -> None:
    written = scanner.post(GOOD).json()
    forget(redis_client, keys, scanner, written["job_id"])
    stranger = Scanner(ingest)
    for tail in ("", "/progress", "/errors", "/rejects"):
        theirs, nobodys = (
            stranger.get(f"/api/v1/jobs/{job}{tail}") for job in (written["job_id"], uuid.uuid4())
        )  # fmt: skip
        assert (theirs.status_code, theirs.json()["code"]) == (404, "JOB_NOT_FOUND")
        assert {**theirs.json(), "request_id": ""} == {**nobodys.json(), "request_id": ""}
    assert stranger.get("/api/v1/jobs").json()["jobs"] == []


def test_pages_of_jobs_run_through_both_stores(
    scanner: Scanner, redis_client: redis.Redis, keys: Keys
) -> None:  # fmt: skip
    made = [scanner.post([RECIPIENT]).json()["job_id"] for _ in range(7)]
    for job_id in made[::2]:
        forget(redis_client, keys, scanner, job_id)
    for size in (1, 2, 3, 7, 200):
        found, token = [], ""
        while True:
            page = scanner.get(f"/api/v1/jobs?limit={size}" + (f"&page_token={token}" if token else "")).json()
            assert len(page["jobs"]) <= size
            found += [job["id"] for job in page["jobs"]]
            token = page["next_page_token"]
            if token is None:
                break
        assert found == made[::-1]


def test_pages_of_errors_are_the_same_from_both_stores(
    ingest: Ingest, scanner: Scanner, redis_client: redis.Redis, keys: Keys
) -> None:
    written = scanner.post([*GOOD[:1], *({**RECIPIENT, "contact": number} for number in range(550))]).json()
    url = f"{written['job_url']}/errors"

    def pages() -> list[list[int]]:
        found: list[list[int]] = []
        token: str | None = ""
        while token is not None:
            page = scanner.get(url + (f"?page_token={token}" if token else "")).json()
            found.append([error["index"] for error in page["errors"]])
            token = page["next_page_token"]
        return found

    live = pages()
    assert [len(page) for page in live] == [500, 50]
    assert [index for page in live for index in page] == list(range(1, 551))
    forget(redis_client, keys, scanner, written["job_id"])
    assert pages() == live


@pytest.mark.parametrize("background", [False, True], ids=["waiting", "background"])
def test_after_the_loss_of_redis_a_repeat_writes_nothing_twice(
    scanner: Scanner, redis_client: redis.Redis, keys: Keys, database: str, background: bool
) -> None:
    records = [*GOOD[:2], *BAD, *GOOD[2:]]
    first = scanner.post(records, key="k", background=background)
    before = scanner.ended(first.json()["job_url"])

    flush(redis_client, keys)
    again = scanner.post(records, key="k", background=background)

    assert again.status_code == first.status_code == (202 if background else 201)
    assert again.json()["job_id"] == first.json()["job_id"]
    after = scanner.ended(again.json()["job_url"])
    assert after["records"] == before["records"]
    assert after["chunks"] == before["chunks"]
    assert rows(database, scanner) == len(GOOD)
    assert rows(database, scanner, "ingest.job") == 1
    assert rows(database, scanner, "ingest.reject") == len(BAD)
    if not background:
        assert again.json()["recipient_ids"] == first.json()["recipient_ids"]
    assert scanner.get(f"{again.json()['job_url']}/rejects").text.count("\n") == len(BAD)


def test_after_the_loss_of_redis_a_batch_without_a_key_is_another_one(
    scanner: Scanner, redis_client: redis.Redis, keys: Keys, database: str
) -> None:
    named = several(3, external_id="scan-1")[:1]
    first = scanner.post(named)
    flush(redis_client, keys)
    again = scanner.post(named)
    assert (first.status_code, again.status_code) == (201, 422)
    assert [error["code"] for error in again.json()["errors"]] == ["EXTERNAL_ID_EXISTS"]
    assert rows(database, scanner) == 1
