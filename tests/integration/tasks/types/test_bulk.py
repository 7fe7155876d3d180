"""Many jobs steered at once: never more than somebody has seen, and what becomes of each."""

import uuid
from typing import Any

from libs.contracts.filters import JobFilter
from libs.contracts.jobs import JobStatus, RecordCounts
from libs.contracts.tasks.kinds import Task, TaskRef
from libs.contracts.tasks.types.bulk import BULK
from libs.tasks.context import Context, TaskFailedError
from libs.tasks.runner import Runner
from services.processor.types import bulk
from tests.contract.job_store.support.samples import end, write
from tests.integration.tasks.workplace.bench import Bench
from tests.integration.tasks.workplace.dock import Dock
from tests.writing import recipient


def fail(context: Context) -> Any:
    raise TaskFailedError("TASK_CRASHED")


def failed_task(bench: Bench) -> TaskRef:
    ref = bench.open("count")
    bench.runner(fail).handle(ref)
    assert bench.task(ref).status == "failed"
    return ref


def failed_batch(dock: Dock) -> uuid.UUID:
    """A batch whose one chunk failed; both stores say so."""
    job, (chunk,) = dock.desk.open(dock.bench.tenant, [recipient()])
    live = dock.desk.store.job(job.tenant_id, job.id)
    assert live
    with dock.desk.pool.connection() as connection:
        dock.desk.jobs.ensure(connection, live)
    query = (
        "UPDATE ingest.job SET status = 'failed', failed = 1, chunks_failed = 1, finished_at = now() WHERE job_id = %s"
    )
    dock.desk.run(query, job.id)
    counts = RecordCounts(total=1, failed=1)
    write(dock.desk.store, chunk, counts, "transient")
    end(dock.desk.store, job, JobStatus.FAILED, counts)
    return job.id


def acted(dock: Dock, action: str, expected: int, **parameters: Any) -> Task:
    """Run a bulk action to its end."""
    ref = dock.bench.open("bulk", action=action, expected=expected, **{"filter": {}, "reason": "x", **parameters})
    runner(dock).handle(ref)
    return dock.bench.task(ref)


def runner(dock: Dock) -> Runner:
    return dock.bench.runner(lambda context: bulk.run(context, dock.tools), BULK)


def came(task: Task) -> tuple[int, ...]:
    assert task.result, task.error
    return tuple(task.result[name] for name in ("matched", "done", "skipped", "failed"))


def test_what_failed_is_tried_again_and_what_cannot_be_is_named(dock: Dock) -> None:
    tasks = [failed_task(dock.bench) for _ in range(2)]
    batches = [failed_batch(dock) for _ in range(2)]
    lost = failed_batch(dock)
    dock.desk.store.client.delete(*dock.desk.store.client.keys(f"{dock.desk.store.keys.job(dock.bench.tenant, lost)}*"))
    dock.desk.open(dock.bench.tenant, [recipient()])
    ended = dock.bench.open("count")
    dock.bench.runner().handle(ended)

    task = acted(dock, "retry", 7)
    assert came(task) == (7, 4, 2, 1)
    assert task.result
    assert task.result["failures"] == [{"job_id": str(lost), "code": "PAYLOAD_FORGOTTEN"}]
    assert [dock.bench.task(ref).status for ref in tasks] == ["pending", "pending"]
    live = [dock.desk.store.job(dock.bench.tenant, job) for job in batches]
    assert [job and (job.status, job.generation) for job in live] == [("processing", 1)] * 2
    assert dock.bench.task(ended).status == "completed"
    assert task.counters == {"jobs": 7, "jobs_done": 0, "jobs_skipped": 0, "jobs_failed": 0}


def test_nothing_is_done_where_more_match_than_somebody_has_seen(dock: Dock) -> None:
    refs = [dock.bench.open("count") for _ in range(3)]
    task = acted(dock, "cancel", 2)
    assert (task.status, task.error, task.result) == ("failed", "BULK_MORE", None)
    assert [dock.bench.task(ref).status for ref in refs] == ["pending"] * 3
    assert came(acted(dock, "cancel", 3, filter={"type": "count"})) == (3, 3, 0, 0)


def test_what_is_opened_after_the_cut_off_is_left_alone(dock: Dock) -> None:
    dock.bench.open("count")
    dock.desk.open(dock.bench.tenant, [recipient()])
    newest = max(job.created_at for page in dock.tools.pages.each(dock.bench.tenant, JobFilter()) for job in page.jobs)
    later = dock.bench.open("count")
    dock.bench.sql.execute(
        "UPDATE work.task SET created_at = created_at + interval '1s' WHERE task_id = %s", [later.task_id]
    )
    assert came(acted(dock, "cancel", 2, before=newest.isoformat())) == (2, 2, 0, 0)
    assert dock.bench.task(later).status == "pending"
