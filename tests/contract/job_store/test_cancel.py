"""`cancel` asks for a job's end; its writers are told, and what is written stays."""

import uuid

from libs.contracts.jobs import JobStatus
from libs.jobs.store import JobStore
from libs.jobs.values import Changed
from tests.contract.job_store.support.samples import (
    audit,
    audited,
    failed_job,
    open_job,
    settle,
    take,
)
from tests.contract.job_store.support.view import StoreView


def test_a_cancelled_job_tells_its_writers(store: JobStore, tenant: uuid.UUID) -> None:
    job, refs = open_job(store, tenant, 2)
    entry = audit(job, "job.cancel")

    assert store.cancel(tenant, job.id, entry) == Changed("cancelling", None, [])

    assert take(store, refs[0]).job.cancelling
    assert audited(store) == {str(entry.id)}


def test_what_was_put_off_is_tried_at_once_when_its_job_is_cancelled(store: JobStore, tenant: uuid.UUID) -> None:
    job, refs = open_job(store, tenant, 2)
    store.defer(take(store, refs[0]), 3600.0, "08006")
    running = take(store, refs[1])
    view = StoreView(store)
    lease_ends = view.due()[refs[1]]
    store.cancel(tenant, job.id, audit(job))

    assert store.claim_due(10) == [refs[0]]
    assert take(store, refs[0]).job.cancelling
    assert view.due()[refs[1]] == lease_ends
    assert settle(store, running).first


def test_a_second_cancel_is_not_another(store: JobStore, tenant: uuid.UUID) -> None:
    job, _ = open_job(store, tenant)
    first, second = audit(job), audit(job)
    store.cancel(tenant, job.id, first)
    before = store.job(tenant, job.id)

    assert store.cancel(tenant, job.id, second).result == "cancelling"

    assert audited(store) == {str(first.id)}
    assert store.job(tenant, job.id) == before


def test_an_ended_job_cannot_be_cancelled(store: JobStore, tenant: uuid.UUID) -> None:
    job = failed_job(store, tenant, [""])

    assert store.cancel(tenant, job.id, audit(job)) == Changed("ended", JobStatus.COMPLETED, [])
    assert audited(store) == set()


def test_no_job_of_another_tenant_can_be_changed(store: JobStore, tenant: uuid.UUID) -> None:
    ended, (open_one, _) = failed_job(store, tenant, ["transient"]), open_job(store, tenant)
    stranger = uuid.uuid4()

    assert store.cancel(stranger, open_one.id, audit(open_one)).result == "gone"
    assert store.retry(stranger, ended.id, "all", audit(ended)).result == "gone"
    assert store.job(stranger, open_one.id) is None
    assert audited(store) == set()
