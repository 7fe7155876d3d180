"""Waiting for a job's end: heard at once, whenever it comes, and only while somebody waits."""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from libs.contracts.jobs import Job, JobStatus
from libs.jobs.store import JobStore
from libs.lookup import waiting
from libs.lookup.slots import Slots
from libs.lookup.waiting import JobWaiter
from tests.contract.job_store.support.samples import CREATED, end, open_job, write
from tests.waiting import wait_until

FAR, SOON, SLOW = 60.0, 20.0, 0.3


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is not told waits for long."""
    monkeypatch.setattr(waiting, "LOOK_AGAIN_S", FAR)
    monkeypatch.setattr(waiting, "LINGER_S", 0.2)


def listeners(store: JobStore) -> int:
    channel = store.keys.ended
    return int(dict(store.client.pubsub_numsub(channel))[channel.encode()])


@pytest.fixture
def waiter(store: JobStore) -> Iterator[JobWaiter]:
    yield JobWaiter(store, Slots(8, 8))
    wait_until(lambda: not listeners(store), SOON, "nobody listens")


@contextmanager
def ends_while_looked_at(store: JobStore, tenant: uuid.UUID, monkeypatch: pytest.MonkeyPatch) -> Iterator[uuid.UUID]:
    """A job that ends just after somebody has seen it open; who would listen is in no hurry meanwhile."""
    job, (ref,) = open_job(store, tenant)
    look, looked, ended = store.job, threading.Event(), threading.Event()
    listen = store.client.pubsub

    def slowly(**options: Any) -> Any:
        ended.wait(SLOW)
        return listen(**options)

    def last_look(tenant_id: uuid.UUID, job_id: uuid.UUID) -> Job | None:
        seen = look(tenant_id, job_id)
        if not looked.is_set():
            looked.set()
            write(store, ref)
            assert end(store, job, JobStatus.COMPLETED, CREATED) == "closed"
            ended.set()
        return seen

    with monkeypatch.context() as patch:
        patch.setattr(store, "job", last_look)
        patch.setattr(store.client, "pubsub", slowly)
        yield job.id


def test_an_end_that_comes_right_after_the_first_look_is_heard(
    waiter: JobWaiter, store: JobStore, tenant: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ends_while_looked_at(store, tenant, monkeypatch) as job_id:
        began = time.monotonic()
        seen = waiter.wait(tenant, job_id, FAR)
    assert seen
    assert seen.status is JobStatus.COMPLETED
    assert time.monotonic() - began < SOON


def test_ends_are_told_to_nobody_who_does_not_wait(
    waiter: JobWaiter, store: JobStore, tenant: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert listeners(store) == 0
    for _ in range(2):
        with ends_while_looked_at(store, tenant, monkeypatch) as job_id:
            assert waiter.wait(tenant, job_id, FAR)
        wait_until(lambda: listeners(store) == 0, SOON, "nobody listens")


def test_who_still_waits_is_told_though_others_have_gone(waiter: JobWaiter, store: JobStore, tenant: uuid.UUID) -> None:
    job, (ref,) = open_job(store, tenant)
    other, _ = open_job(store, tenant)
    seen: list[Any] = []
    staying = threading.Thread(target=lambda: seen.append(waiter.wait(tenant, job.id, FAR)), daemon=True)
    staying.start()
    for _ in range(3):
        waiter.wait(tenant, other.id, 0.3)
    assert listeners(store) == 1

    write(store, ref)
    end(store, job, JobStatus.COMPLETED, CREATED)

    staying.join(SOON)
    assert [each.status for each in seen] == [JobStatus.COMPLETED]
