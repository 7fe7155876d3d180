"""What everyone reads: lists of jobs, versions, the age of what is open, events; and the audit trail on its way."""

import datetime
import itertools
import json
import uuid
from typing import Any

import msgspec
import redis
from msgspec.structs import replace

from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import Before, JobStatus, RecordCounts
from libs.jobs.store import JobStore
from tests.contract.job_store.support.samples import (
    CREATED,
    FAILED,
    audit,
    blobs,
    end,
    new_job,
    open_job,
    settle,
    take,
    write,
    write_all,
)
from tests.contract.job_store.support.view import StoreView
from tests.waiting import wait_until

OPEN = (JobStatus.PENDING, JobStatus.PROCESSING)
EPOCH_MS = 1_800_000_000_000


def at(epoch_ms: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(epoch_ms / 1000, datetime.UTC)


def open_at(store: JobStore, tenant: uuid.UUID, epoch_ms: int) -> uuid.UUID:
    job = new_job(tenant)
    store.open(job, blobs(1), None, None)
    StoreView(store).date(tenant, job.id, epoch_ms)
    return job.id


def listed(store: JobStore, tenant: uuid.UUID, before: Before | None = None, **asked: Any) -> list[uuid.UUID]:
    """The ids of a page of open jobs, of all states and entities unless some are named."""
    options = {"statuses": OPEN, "entities": tuple(ENTITIES), "limit": 100, **asked}
    return [job.id for job in store.list_open(tenant, before=before, **options)]


def test_open_jobs_come_newest_first_from_a_place_on(store: JobStore, tenant: uuid.UUID) -> None:
    first, third, second = (open_at(store, tenant, EPOCH_MS + offset) for offset in (0, 20, 10))
    open_at(store, uuid.uuid4(), EPOCH_MS + 5)

    assert listed(store, tenant) == [third, second, first]
    assert listed(store, tenant, limit=2) == [third, second]
    assert listed(store, tenant, Before(at(EPOCH_MS + 20), third)) == [second, first]
    assert listed(store, tenant, Before(at(EPOCH_MS + 11), uuid.UUID(int=0))) == [second, first]
    assert listed(store, tenant, Before(at(EPOCH_MS), first)) == []


def test_open_jobs_of_one_millisecond_come_in_the_order_of_their_ids(store: JobStore, tenant: uuid.UUID) -> None:
    ids = sorted((open_at(store, tenant, EPOCH_MS) for _ in range(25)), reverse=True)

    found: list[uuid.UUID] = []
    while page := listed(store, tenant, Before(at(EPOCH_MS), found[-1]) if found else None, limit=4):
        found += page
    assert found == ids


def test_an_open_job_is_listed_under_its_state_and_entity_alone(store: JobStore, tenant: uuid.UUID) -> None:
    job, (ref, _) = open_job(store, tenant, 2)
    open_job(store, tenant, dry_run=True)
    pending, processing = JobStatus.PENDING, JobStatus.PROCESSING

    def lists() -> dict[tuple[str, str], list[uuid.UUID]]:
        """What stands in each list before anybody reads it, and is read from it."""
        found = {}
        for each in itertools.product(OPEN, ENTITIES):
            names = store.client.zrange(store.keys.open_list(tenant, *each), 0, -1)
            if ids := [uuid.UUID(name.decode().partition("|")[2]) for name in names]:
                found[each] = ids
            assert listed(store, tenant, statuses=[each[0]], entities=[each[1]]) == ids
        return found

    assert lists() == {(pending, "recipients"): [job.id]}
    lease = take(store, ref)
    assert lists() == {(processing, "recipients"): [job.id]}
    store.cancel(tenant, job.id, audit(job))
    assert lists() == {(processing, "recipients"): [job.id]}
    write_all(store, [*settle(store, lease, FAILED, "transient").refs, replace(ref, chunk_no=1)])
    end(store, job, JobStatus.FAILED, RecordCounts(total=20, failed=20))
    assert lists() == {}
    assert store.retry(tenant, job.id, "all", audit(job)).result == "retrying"
    assert lists() == {(processing, "recipients"): [job.id]}
    assert listed(store, tenant, statuses=[]) == listed(store, tenant, entities=[]) == []


def test_names_without_a_job_are_passed_over_and_taken_out(store: JobStore, tenant: uuid.UUID) -> None:
    """A page is full all the same."""
    ids = [open_at(store, tenant, EPOCH_MS + number) for number in range(30)]
    for forgotten in ids[5:25]:
        store.client.delete(store.keys.job(tenant, forgotten))
    for ended in ids[25:28]:
        store.client.hset(store.keys.job(tenant, ended), "status", "completed")
    store.client.hdel(store.keys.job(tenant, ids[4]), "total")

    assert listed(store, tenant, limit=4) == [ids[29], ids[28], ids[3], ids[2]]
    assert store.client.zcard(store.keys.open_list(tenant, "pending", "recipients")) == 7
    assert store.job(tenant, ids[5]) is None
    assert [job.id for job in store.jobs_by_id([(tenant, ids[5]), (tenant, ids[0])])] == [ids[0]]
    assert store.jobs_by_id([]) == []


def test_every_change_of_a_job_is_another_version(store: JobStore, tenant: uuid.UUID) -> None:
    job, (ref, _) = open_job(store, tenant, 2)
    versions = []

    def look() -> None:
        stored = store.job(tenant, job.id)
        assert stored is not None
        versions.append(stored.version)

    look()
    store.defer(take(store, ref), 60.0, "08006")
    look()
    store.cancel(tenant, job.id, audit(job))
    look()
    settle(store, take(store, ref))
    look()
    look()

    assert len(set(versions)) == 4
    assert versions[-1] == versions[-2]


def test_the_oldest_open_job_gives_the_age(store: JobStore, tenant: uuid.UUID) -> None:
    assert store.oldest_open_age_s(at(EPOCH_MS)) == 0
    old, new = new_job(tenant), new_job(tenant)
    refs = [store.open(job, blobs(1), None, None).refs[0] for job in (new, old)]  # type: ignore[union-attr]
    StoreView(store).date(tenant, old.id, EPOCH_MS)
    StoreView(store).date(tenant, new.id, EPOCH_MS + 60_000)
    now = at(EPOCH_MS + 90_000)

    assert store.oldest_open_age_s(now) == 90
    write(store, refs[1])
    assert store.oldest_open_age_s(now) == 90
    end(store, old, JobStatus.COMPLETED, CREATED)
    assert store.oldest_open_age_s(now) == 30
    write(store, refs[0])
    end(store, new, JobStatus.COMPLETED, CREATED)
    assert store.oldest_open_age_s(now) == 0


def test_a_clock_that_is_behind_gives_no_negative_age(store: JobStore, tenant: uuid.UUID) -> None:
    open_at(store, tenant, EPOCH_MS)

    assert store.oldest_open_age_s(at(EPOCH_MS - 5_000)) == 0


def test_the_audit_trail_is_kept_until_it_is_stored_elsewhere(store: JobStore, tenant: uuid.UUID) -> None:
    entries = []
    for _ in range(5):
        job = new_job(tenant)
        entries.append(audit(job))
        store.open(job, blobs(1), None, entries[-1])
    raw = {str(entry.id).encode(): msgspec.json.encode(entry) for entry in entries}

    assert next(store.audit_bites(100), {}) == raw
    assert next(store.audit_bites(100), {}) == raw
    first = list(raw)[:2]
    store.audit_stored(first)
    store.audit_stored(first)
    store.audit_stored([])
    assert next(store.audit_bites(100), {}).keys() == raw.keys() - set(first)


def test_a_long_audit_trail_drains_in_parts(store: JobStore, tenant: uuid.UUID) -> None:
    names = [str(uuid.uuid4()).encode() for _ in range(4_000)]
    store.client.hset(store.keys.audit, mapping=dict.fromkeys(names, b"{}"))
    drained = []
    while part := next(store.audit_bites(10), {}):
        store.audit_stored(list(part))
        drained += part

    assert sorted(drained) == sorted(names)


def test_a_job_that_cannot_be_read_is_passed_over(store: JobStore, tenant: uuid.UUID) -> None:
    """Whatever reads the jobs of all tenants goes on with the others."""
    good, broken, odd = (open_at(store, tenant, EPOCH_MS) for _ in range(3))
    store.client.hdel(store.keys.job(tenant, broken), "total")
    store.client.hset(store.keys.job(tenant, odd), mapping={"created_at": "9" * 30})
    names = [(tenant, job_id) for job_id in (broken, good, odd, uuid.uuid4())]

    assert [job.id for job in store.jobs_by_id(names)] == [good]
    assert store.known_jobs(names) == {good, broken, odd}
    assert store.known_jobs([]) == set()


def test_each_change_is_an_event_of_the_tenants_channel(
    store: JobStore, redis_client: redis.Redis, tenant: uuid.UUID
) -> None:
    with redis_client.pubsub(ignore_subscribe_messages=True) as channel:
        name = f"{store.keys.prefix}:{tenant}:events"
        channel.subscribe(name)
        wait_until(lambda: dict(redis_client.pubsub_numsub(name))[name.encode()], 5, "the subscription")
        job, (ref,) = open_job(store, tenant)
        write(store, ref)
        open_job(store, uuid.uuid4())
        end(store, job, JobStatus.COMPLETED, CREATED)
        events: list[dict[str, Any]] = []

        def received() -> bool:
            if message := channel.get_message(timeout=0.1):
                events.append(json.loads(message["data"]))
            return len(events) == 4

        wait_until(received, 5, "four events")

    assert [event["status"] for event in events] == ["pending", "processing", "processing", "completed"]
    assert {event["job_id"] for event in events} == {str(job.id)}
    assert [event["version"] for event in events] == [1, 2, 3, 4]
    assert (events[-1]["total"], events[-1]["chunks_total"], events[-1]["chunks_settled"]) == (10, 1, 1)


def test_keys_hold_no_clients_text(store: JobStore, tenant: uuid.UUID) -> None:
    open_job(store, tenant)

    assert not [key for key in StoreView(store).all_keys() if "scanner" in key or "request" in key]
