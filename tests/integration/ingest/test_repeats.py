"""What a request with a known key is answered: its failed chunks are tried again, and its ids stay what they are.

No writer runs: a test writes, or fails, each chunk by itself while the client waits.
"""

import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import msgspec
import pytest
import redis
from psycopg_pool import ConnectionPool

from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import AuditEntry
from tests.contract.job_store.support.view import StoreView
from tests.integration.service_process import Ingest, Scanner, running_ingest, several
from tests.integration.writer.works import LASTING, Works, works_at
from tests.servers import cloned_database
from tests.waiting import wait_until
from tests.writing import Desk, address_of, writers_pool

CHUNK = 4
RECORDS = several(10)
KEY = "a key"
FAILED, WRITTEN = (503, "JOB_FAILED"), (201, None)


@pytest.fixture(scope="module")
def pool(postgres: PostgresServer, template: str) -> Iterator[ConnectionPool]:
    with cloned_database(postgres.url, template) as url, writers_pool(url) as pool:
        yield pool


@pytest.fixture(scope="module")
def works(pool: ConnectionPool, redis_client: redis.Redis) -> Works:
    return works_at(Desk(address_of(pool), redis_client, pool, LASTING))


@pytest.fixture(scope="module")
def settings(works: Works, valkey: ValkeyServer) -> dict[str, str]:
    return {"redis_url": valkey.url, "database_url": works.desk.database_url, "namespace": works.desk.namespace}


@pytest.fixture(scope="module")
def ingest(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]) -> Iterator[Ingest]:
    with running_ingest(tmp_path_factory.mktemp("repeats"), chunk_records=CHUNK, **settings) as ingest:
        yield ingest


@pytest.fixture
def scanner(ingest: Ingest) -> Scanner:
    return Scanner(ingest)


@pytest.fixture
def client() -> Iterator[ThreadPoolExecutor]:
    """Requests under way."""
    with ThreadPoolExecutor(4) as client:
        yield client


def posted(client: ThreadPoolExecutor, scanner: Scanner, **options: Any) -> "Future[httpx.Response]":
    return client.submit(scanner.post, RECORDS, key=KEY, **options)


def open_chunks(works: Works, scanner: Scanner, count: int) -> list[ChunkRef]:
    """The tenant's open chunks, once there are so many."""

    def found() -> list[ChunkRef]:
        return sorted((ref for ref in StoreView(works.desk.store).due() if ref.tenant_id == scanner.tenant), key=str)

    wait_until(lambda: len(found()) == count, 10, f"{count} chunks are open")
    return found()


def fail(works: Works, ref: ChunkRef) -> None:
    """The chunk cannot be written."""
    lease = works.desk.take(ref)
    entry = works.desk.writer.fail(lease, "permanent", "42501")
    settled = works.desk.store.settle(
        ref, lease.generation, entry.counts, entry.outcome, failure=entry.failure, error=entry.error
    )
    if settled.finished:
        works.delivery._closer.close(ref)


def write_or_fail(works: Works, refs: list[ChunkRef], failing: set[int]) -> None:
    for ref in refs:
        if ref.chunk_no in failing:
            fail(works, ref)
        else:
            works.handle(ref)


def actions(works: Works, scanner: Scanner) -> list[str]:
    """What the audit trail, on its way, says of the tenant."""
    pending = next(works.desk.store.audit_bites(10_000), {}).values()
    entries = [msgspec.json.decode(raw, type=AuditEntry) for raw in pending]
    return sorted(entry.action for entry in entries if entry.tenant_id == scanner.tenant)


def stored_ids(works: Works, scanner: Scanner) -> set[str]:
    return {str(row["recipient_id"]) for row in works.desk.rows("inventory.recipient", scanner.tenant)}


@pytest.mark.parametrize("failing", [{0, 1, 2}, {1}], ids=["all chunks", "one chunk"])
def test_a_repeat_goes_on_where_its_job_failed(
    works: Works, scanner: Scanner, client: ThreadPoolExecutor, failing: set[int]
) -> None:
    first = posted(client, scanner)
    write_or_fail(works, open_chunks(works, scanner, 3), failing)
    refused = first.result()
    assert (refused.status_code, refused.json().get("code")) == (FAILED if len(failing) == 3 else WRITTEN)
    assert refused.json().get("retryable", True)

    again = posted(client, scanner)
    write_or_fail(works, open_chunks(works, scanner, len(failing)), set())
    mended = again.result()

    assert (mended.status_code, mended.headers["idempotent-replayed"]) == (201, "true")
    assert mended.json()["job_id"] == refused.json()["job_id"]
    assert (mended.json()["total_created"], mended.json()["total_failed"]) == (10, 0)
    assert set(mended.json()["recipient_ids"]) == stored_ids(works, scanner)
    assert len(mended.json()["recipient_ids"]) == 10
    assert actions(works, scanner) == ["batch.accept", "job.retry"]


def test_a_repeat_that_nobody_waits_for_goes_on_too(works: Works, scanner: Scanner, client: ThreadPoolExecutor) -> None:
    first = posted(client, scanner, background=True).result()
    write_or_fail(works, open_chunks(works, scanner, 3), {0, 1, 2})
    assert scanner.get(first.json()["job_url"]).json()["status"] == "failed"

    again = posted(client, scanner, background=True).result()

    assert (again.status_code, again.json()["status"]) == (202, "processing")
    assert again.json()["recipient_ids"] == first.json()["recipient_ids"]
    write_or_fail(works, open_chunks(works, scanner, 3), set())
    assert set(again.json()["recipient_ids"]) == stored_ids(works, scanner)


def test_a_repeat_brings_the_payload_that_is_kept_no_longer(
    works: Works, scanner: Scanner, client: ThreadPoolExecutor
) -> None:
    first = posted(client, scanner)
    refs = open_chunks(works, scanner, 3)
    write_or_fail(works, refs, {0, 1})
    assert first.result().status_code == 201
    for ref in refs:
        works.desk.store.client.hdel(works.view.chunk_key(ref), "payload")

    again = posted(client, scanner)
    write_or_fail(works, open_chunks(works, scanner, 3), set())

    assert again.result().status_code == 201
    assert again.result().headers["idempotent-replayed"] == "true"
    assert set(again.result().json()["recipient_ids"]) == stored_ids(works, scanner)
    assert (again.result().json()["total_created"], len(stored_ids(works, scanner))) == (10, 10)


def test_an_aborted_batch_is_not_tried_again(works: Works, scanner: Scanner, client: ThreadPoolExecutor) -> None:
    known = scanner.post(several(1, external_id="known"), background=True)
    works.handle(*open_chunks(works, scanner, 1))
    assert scanner.get(known.json()["job_url"]).json()["status"] == "completed"
    records = several(2, external_id="known")[:1] + several(1)
    first = client.submit(scanner.post, records, key=KEY, on_error="abort")
    works.handle(*open_chunks(works, scanner, 1))
    assert first.result().json()["code"] == "BATCH_ABORTED"

    again = client.submit(scanner.post, records, key=KEY, on_error="abort").result()

    assert (again.status_code, again.json()["code"]) == (422, "BATCH_ABORTED")
    assert open_chunks(works, scanner, 0) == []
    assert "job.retry" not in actions(works, scanner)


def test_a_key_whose_job_is_in_no_store_stands_for_nothing(
    works: Works, scanner: Scanner, client: ThreadPoolExecutor
) -> None:
    first = posted(client, scanner)
    write_or_fail(works, open_chunks(works, scanner, 3), set())
    job_id = uuid.UUID(first.result().json()["job_id"])
    store = works.desk.store
    store.client.delete(*store.client.keys(f"{store.keys.job(scanner.tenant, job_id)}*"))
    for table in ("ingest.job", "ingest.chunk", "inventory.recipient"):
        works.desk.run(f"DELETE FROM {table} WHERE tenant_id = %s", scanner.tenant)

    lost = posted(client, scanner).result()
    assert (lost.status_code, lost.json()["code"], lost.json()["retryable"]) == (503, "JOB_LOST", True)
    again = posted(client, scanner)
    write_or_fail(works, open_chunks(works, scanner, 3), set())

    assert again.result().status_code == 201
    assert set(again.result().json()["recipient_ids"]) == stored_ids(works, scanner)


@pytest.mark.parametrize("forgotten", [False, True], ids=["known to Redis", "forgotten by Redis"])
def test_a_replay_reads_the_layout_that_was_stored(
    works: Works,
    scanner: Scanner,
    client: ThreadPoolExecutor,
    tmp_path_factory: pytest.TempPathFactory,
    settings: dict[str, str],
    forgotten: bool,
) -> None:
    """`SLUICE_CHUNK_RECORDS` has changed since."""
    first = posted(client, scanner)
    write_or_fail(works, open_chunks(works, scanner, 3), set())
    written = first.result().json()
    if forgotten:
        store = works.desk.store
        store.client.delete(*store.client.keys(f"{store.keys.job(scanner.tenant, uuid.UUID(written['job_id']))}*"))
    with running_ingest(tmp_path_factory.mktemp("other"), chunk_records=3, **settings) as other:
        later = Scanner(other)
        later.tenant, later.headers = scanner.tenant, scanner.headers
        again = later.post(RECORDS, key=KEY)

    assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    assert again.json()["recipient_ids"] == written["recipient_ids"]
    assert len(written["recipient_ids"]) == 10


@pytest.mark.parametrize("background", [False, True], ids=["waiting", "background"])
def test_a_repeat_after_its_key_has_expired_announces_the_ids_that_are_stored(
    works: Works, scanner: Scanner, client: ThreadPoolExecutor, background: bool
) -> None:
    first = posted(client, scanner, background=background)
    write_or_fail(works, open_chunks(works, scanner, 3), {2})
    first.result()
    store = works.desk.store
    store.client.delete(*store.client.keys(f"{store.keys.prefix}:{scanner.tenant}:*"))

    again = posted(client, scanner, background=background)
    write_or_fail(works, open_chunks(works, scanner, 3), set())

    assert set(again.result().json()["recipient_ids"]) == stored_ids(works, scanner)
    assert len(again.result().json()["recipient_ids"]) == len(stored_ids(works, scanner)) == 10
    if not background:
        assert again.result().headers["idempotent-replayed"] == "true"
        assert "idempotent-replayed" not in first.result().headers


def test_the_etag_changes_with_everything_that_is_shown(
    works: Works, scanner: Scanner, client: ThreadPoolExecutor
) -> None:
    """A chunk that begins, one that is put off, an attempt more, an error: each is another page."""
    url = posted(client, scanner, background=True).result().json()["job_url"]
    seen: dict[str, dict[str, Any]] = {}

    def look() -> None:
        answer = scanner.get(url)
        tag = answer.headers["etag"]
        assert seen.setdefault(tag, answer.json()) == answer.json()
        assert scanner.get(url, **{"If-None-Match": tag}).status_code == 304

    look()
    refs = open_chunks(works, scanner, 3)
    leases = []
    for ref in refs:
        leases.append(works.desk.take(ref))
        look()
    for lease, error in zip(leases, ("08006", "40001", "55P03"), strict=True):
        works.desk.store.defer(lease, 1.0, error)
        look()
    for ref in refs:
        works.retry_now(ref)
        look()
    live = scanner.get(url)
    store = works.desk.store
    store.client.delete(*store.client.keys(f"{store.keys.job(scanner.tenant, refs[0].job_id)}*"))
    look()

    assert len(seen) == 11
    stored = scanner.get(url)
    changed = {name for name, value in stored.json().items() if live.json()[name] != value}
    assert changed <= {"updated_at", "last_error"}, "both stores tell the same, apart from what only Redis has seen"
