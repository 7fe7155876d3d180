"""Batches are refused while too much waits to be written: all of them, or those of the tenant that has too much."""

import json
import os
import socket
import time
import uuid
from collections.abc import Iterator

import httpx
import pytest
import redis

from deploy.local.data_dir.ports import HOST
from deploy.local.servers.valkey import ValkeyServer
from libs.jobs.costs import LINK_BYTES, RECORD_BYTES
from libs.jobs.store import JobStore
from libs.jobs.values import Timing
from tests.integration.service_process import RECIPIENT, Ingest, Scanner, nothing_here, running_ingest
from tests.waiting import wait_until

TENANT_LIMIT, TOTAL_LIMIT, RETAINED_LIMIT = 40_000, 100_000, 20_000


@pytest.fixture(scope="module")
def namespace() -> str:
    return f"admission-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def ingest(tmp_path_factory: pytest.TempPathFactory, valkey: ValkeyServer, namespace: str) -> Iterator[Ingest]:
    """Without a writer, so that everything stays in the backlog; accepting needs no PostgreSQL."""
    with running_ingest(
        tmp_path_factory.mktemp("admission"), redis_url=valkey.url, namespace=namespace,
        database_url=nothing_here(),
        tenant_backlog_max_bytes=TENANT_LIMIT, backlog_max_bytes=TOTAL_LIMIT,
        tenant_retained_max_bytes=RETAINED_LIMIT,
    ) as running:  # fmt: skip
        yield running


@pytest.fixture
def empty(ingest: Ingest, redis_client: redis.Redis, namespace: str) -> JobStore:
    """The store, with nothing waiting."""
    store = JobStore(redis_client, namespace, Timing())
    redis_client.delete(store.keys.backlog, store.keys.drain)
    wait_until(lambda: Scanner(ingest).post([RECIPIENT], background=True).status_code == 202, 5, "batches are taken")
    redis_client.delete(store.keys.backlog)
    return store


def bulky(size: int) -> list[dict[str, str]]:
    """Records that no compression makes smaller than this many bytes."""
    return [{**RECIPIENT, "contact": os.urandom(1_500).hex()} for _ in range(size // 1_500 + 1)]


def fill(scanner: Scanner, limit: int) -> None:
    """Post until the tenant is refused."""
    for _ in range(1 + limit // 10_000):
        answer = scanner.post(bulky(10_000), background=True)
        if answer.status_code != 202:
            assert answer.status_code in (429, 503)
            return


def refused(scanner: Scanner) -> int:
    """The status of a batch, once the reading that several requests share is renewed; 202 for none."""
    time_out = time.monotonic() + 0.15
    wait_until(lambda: time.monotonic() > time_out, 1, "a new reading")
    return scanner.post([RECIPIENT], background=True).status_code


def test_a_tenant_over_its_share_is_refused_and_the_others_are_served(ingest: Ingest, empty: JobStore) -> None:
    greedy, modest = Scanner(ingest), Scanner(ingest)
    fill(greedy, TENANT_LIMIT)
    assert refused(greedy) == 429
    answer = greedy.post([RECIPIENT], background=True)
    body = answer.json()
    assert (body["code"], body["status"], body["retryable"]) == ("TENANT_BACKLOG", 429, True)
    assert answer.headers["content-type"] == "application/problem+json"
    assert 1 <= int(answer.headers["retry-after"]) <= 120
    assert refused(modest) == 202
    assert greedy.get("/api/v1/limits").json()["tenant_backlog_max_bytes"] == TENANT_LIMIT


def test_beyond_the_limit_of_all_nobody_is_served(ingest: Ingest, empty: JobStore) -> None:
    for _ in range(4):
        fill(Scanner(ingest), TENANT_LIMIT)
    newcomer = Scanner(ingest)
    assert refused(newcomer) == 503
    waiting = empty.load().waiting
    answer = newcomer.post([RECIPIENT], background=True)
    assert (answer.status_code, answer.json()["code"]) == (503, "BACKLOG")
    assert 1 <= int(answer.headers["retry-after"]) <= 120
    assert newcomer.post([RECIPIENT]).status_code == 503
    assert empty.load().waiting == waiting


def test_the_time_to_come_back_follows_the_drain_rate(
    ingest: Ingest, empty: JobStore, redis_client: redis.Redis
) -> None:
    for rate, seconds in ((10_000, 11), (100_000, 2), (1, 120), (0, 5)):
        redis_client.hset(empty.keys.backlog, "total", TOTAL_LIMIT + 100_000)
        redis_client.hset(empty.keys.drain, "rate", rate)
        assert refused(Scanner(ingest)) == 503
        answer = Scanner(ingest).post([RECIPIENT], background=True)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, str(seconds))


def test_the_refusal_ends_with_its_cause(ingest: Ingest, empty: JobStore, redis_client: redis.Redis) -> None:
    scanner = Scanner(ingest)
    redis_client.hset(empty.keys.backlog, "total", TOTAL_LIMIT)
    assert refused(scanner) == 503
    redis_client.hset(empty.keys.backlog, "total", TOTAL_LIMIT - 1)
    assert refused(scanner) == 202


@pytest.mark.parametrize(("field", "status"), [("total", b"503"), ("tenant", b"429")])
def test_a_client_is_refused_before_it_has_sent_its_body(
    ingest: Ingest, empty: JobStore, redis_client: redis.Redis, field: str, status: bytes
) -> None:
    scanner = Scanner(ingest)
    redis_client.hset(empty.keys.backlog, str(scanner.tenant) if field == "tenant" else field, 10**9)
    assert refused(scanner) == int(status)
    head = (
        f"POST {scanner.path()} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n"
        f"Authorization: {scanner.headers['Authorization']}\r\n\r\n"
    )
    with socket.create_connection((HOST, ingest.port), timeout=10) as connection:
        started = time.monotonic()
        connection.sendall(head.encode())
        answer = b""
        while not answer.endswith(b"}"):
            answer += connection.recv(65_536)
        assert time.monotonic() - started < 2
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"retry-after: " in answer.lower()
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["retryable"] is True


def test_a_refused_batch_leaves_nothing_and_burns_no_key(
    ingest: Ingest, empty: JobStore, redis_client: redis.Redis
) -> None:
    scanner = Scanner(ingest)
    redis_client.hset(empty.keys.backlog, "total", TOTAL_LIMIT)
    assert refused(scanner) == 503
    assert scanner.post([RECIPIENT], background=True, key="k").status_code == 503
    assert list(redis_client.scan_iter(f"{empty.keys.prefix}:{scanner.tenant}:*")) == []
    redis_client.hset(empty.keys.backlog, "total", 0)
    wait_until(lambda: scanner.post([RECIPIENT], background=True, key="k").status_code == 202, 5, "the batch is taken")


def test_a_full_backlog_does_not_hide_jobs(ingest: Ingest, empty: JobStore, redis_client: redis.Redis) -> None:
    scanner = Scanner(ingest)
    job = scanner.post([RECIPIENT], background=True).json()
    redis_client.hset(empty.keys.backlog, "total", TOTAL_LIMIT)
    assert refused(scanner) == 503
    assert scanner.get(job["job_url"]).json()["status"] == "pending"
    assert scanner.act(f"{job['job_url']}/cancel").status_code == 202


def test_a_token_is_asked_for_first(ingest: Ingest, empty: JobStore, redis_client: redis.Redis) -> None:
    """A stranger does not learn how full the backlog is."""
    redis_client.hset(empty.keys.backlog, "total", TOTAL_LIMIT)
    scanner = Scanner(ingest)
    scanner.headers = {}
    assert scanner.post([RECIPIENT], background=True).status_code == 401


def test_a_tenant_that_keeps_too_much_is_refused_until_enough_of_it_goes(
    ingest: Ingest, empty: JobStore, redis_client: redis.Redis
) -> None:
    """Of two things kept, the first to go makes room."""
    keeper, other = Scanner(ingest), Scanner(ingest)
    now_ms = time.time_ns() // 1_000_000
    retained = {now_ms + 30_000: RETAINED_LIMIT // 2, now_ms + 900_000: RETAINED_LIMIT // 2, now_ms - 5: 10**9}
    redis_client.hset(empty.keys.retained(keeper.tenant), mapping=retained)
    assert refused(keeper) == 429
    answer = keeper.post([RECIPIENT], background=True)
    body = answer.json()
    assert (body["code"], body["retryable"]) == ("TENANT_RETAINED", True)
    assert str(RETAINED_LIMIT) in body["detail"]
    assert str(RETAINED_LIMIT) in body["detail_vi"]
    assert 25 <= int(answer.headers["retry-after"]) <= 31
    assert refused(other) == 202
    redis_client.hdel(empty.keys.retained(keeper.tenant), str(now_ms + 30_000))
    assert refused(keeper) == 202


def test_keys_of_ended_jobs_are_kept_at_the_tenants_cost(ingest: Ingest, empty: JobStore) -> None:
    scanner = Scanner(ingest)
    before = empty.share(scanner.tenant).retained
    assert scanner.post([RECIPIENT], background=True, key="k").status_code == 202
    assert 300 <= empty.share(scanner.tenant).retained - before <= 500


def test_a_full_backlog_is_said_to_whoever_asks(ingest: Ingest, empty: JobStore, redis_client: redis.Redis) -> None:
    redis_client.hset(empty.keys.backlog, "total", TOTAL_LIMIT * 3 // 2)
    scanner = Scanner(ingest)
    assert refused(scanner) == 503
    answer = ingest.http.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "BACKLOG")
    page = httpx.get(f"{ingest.metrics_url}/metrics", trust_env=False).text
    assert 'sluice_admission_used_ratio{limit="backlog"} 1.5' in page
    assert 'sluice_admission_used_ratio{limit="memory"} 0.' in page
    assert 'sluice_admission_refusals_total{scope="all"}' in page
    redis_client.delete(empty.keys.backlog)
    wait_until(lambda: ingest.http.get("/readyz").status_code == 200, 5, "ingest is ready again")


def test_links_and_records_count_whatever_their_bytes_shrink_to(ingest: Ingest, empty: JobStore) -> None:
    """Identical records of identical links are a few kilobytes of payload."""
    scanner, activity = Scanner(ingest), {"activity_name_vi": "Tính lương", "legal_basis": "contract"}
    links = [str(uuid.UUID(int=number)) for number in range(500)]
    answer = ingest.http.post(
        scanner.path(background=True, entity="processing-activities"), headers=scanner.headers,
        json={"activities": [{**activity, "data_category_ids": links}] * 18},
    )  # fmt: skip
    assert answer.status_code == 202
    assert empty.share(scanner.tenant).waiting >= 18 * RECORD_BYTES + 9_000 * LINK_BYTES
    assert refused(scanner) == 429
