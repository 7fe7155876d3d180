"""Many files at once: each has a task of its own, and one that fails costs the others nothing."""

import uuid
from typing import Any

import msgspec
import pytest

from libs.contracts.tasks.kinds import Task, TaskRef
from libs.contracts.tasks.types.files import MOST_FILES, FilesParameters
from tests.integration.tasks.types.test_transform import CSV, mapped
from tests.integration.tasks.workplace.bench import Bench
from tests.integration.tasks.workplace.workshop import Workshop


def opened(workshop: Workshop, *files: dict[str, Any]) -> TaskRef:
    asked = msgspec.convert({"files": files}, FilesParameters)
    return workshop.bench.open("files", **msgspec.to_builtins(asked))


def transform(workshop: Workshop, data: bytes = CSV, *, good: bool = True) -> dict[str, Any]:
    file_id = workshop.file(data)
    mapping = mapped(workshop, file_id) if good else str(uuid.uuid4())
    return {"type": "transform", "file_id": file_id, "mapping_id": mapping}


def children(workshop: Workshop, ref: TaskRef) -> list[Task]:
    order = {uuid.uuid5(ref.task_id, str(place)): place for place in range(MOST_FILES)}
    return sorted(workshop.bench.desk.children(ref.tenant_id, ref.task_id), key=lambda each: order[each.task_id])


def run_children(workshop: Workshop, ref: TaskRef) -> None:
    for child in children(workshop, ref):
        workshop.handled(TaskRef(child.tenant_id, child.task_id, child.lane), child.type)


def looked(workshop: Workshop, ref: TaskRef) -> Task:
    workshop.bench.now_due(ref)
    return workshop.handled(ref, "files")


def test_each_file_has_a_task_and_one_that_fails_costs_the_others_nothing(workshop: Workshop, bench: Bench) -> None:
    ref = opened(workshop, transform(workshop), transform(workshop, good=False), transform(workshop))
    waiting = workshop.handled(ref, "files")
    assert not waiting.status.ended
    assert [child.parent_id for child in children(workshop, ref)] == [ref.task_id] * 3
    run_children(workshop, ref)
    task = looked(workshop, ref)
    assert task.status == "completed"
    assert task.counters == {"total": 8, "created": 4, "rejected": 4}
    assert task.result
    assert [task.result[end] for end in ("completed", "failed", "cancelled")] == [2, 1, 0]
    assert [(each["status"], each["error"], each["records"].get("created")) for each in task.result["files"]] == [
        ("completed", None, 2), ("failed", "MAPPING_NOT_FOUND", None), ("completed", None, 2),
    ]  # fmt: skip
    assert [each["job_id"] for each in task.result["files"]] == [
        str(child.task_id) for child in children(workshop, ref)
    ]
    assert bench.announced[-1] == ("completed", 100.0)


def test_it_fails_where_all_fail_and_a_retry_tries_these_again(workshop: Workshop, bench: Bench) -> None:
    good = transform(workshop)
    ref = opened(workshop, {**good, "mapping_version": 9}, transform(workshop, good=False))
    workshop.handled(ref, "files")
    run_children(workshop, ref)
    failed = looked(workshop, ref)
    assert (failed.status, failed.error) == ("failed", "FILES_ALL_FAILED")
    bench.sql.execute("UPDATE work.task SET parameters = %s::jsonb WHERE parameters ->> 'mapping_version' = '9'", [
        msgspec.json.encode({name: value for name, value in good.items() if name != "type"}).decode()
    ])  # fmt: skip
    assert bench.retry(ref)
    assert not workshop.handled(ref, "files").status.ended
    assert [child.retries for child in children(workshop, ref)] == [1, 1]
    run_children(workshop, ref)
    assert looked(workshop, ref).status == "completed"


def test_a_cancel_ends_the_tasks_of_the_files(workshop: Workshop, bench: Bench) -> None:
    ref = opened(workshop, transform(workshop), transform(workshop))
    workshop.handled(ref, "files")
    run_children(workshop, ref)
    done, waiting = children(workshop, ref)
    bench.sql.execute(
        "UPDATE work.task SET status = 'pending', progress = 0, started_at = NULL WHERE task_id = %s", [waiting.task_id]
    )
    bench.cancel(ref)
    assert looked(workshop, ref).status == "cancelled"
    assert [child.status for child in children(workshop, ref)] == ["completed", "cancelled"]
    assert done.status == "completed"


def test_a_run_that_is_repeated_opens_nothing_twice(workshop: Workshop, bench: Bench) -> None:
    ref = opened(workshop, transform(workshop), transform(workshop))
    workshop.handled(ref, "files")
    bench.sql.execute("UPDATE work.task SET checkpoint = NULL WHERE task_id = %s", [ref.task_id])
    looked(workshop, ref)
    assert len(children(workshop, ref)) == 2
    assert bench.sql.execute("SELECT count(*) AS n FROM ingest.audit WHERE action = 'transform.open'").fetchone() == {
        "n": 2
    }


@pytest.mark.parametrize(
    "files",
    [
        [],
        [{"type": "load", "file_id": str(uuid.uuid4()), "entity": "recipients"}] * (MOST_FILES + 1),
        [{"type": "files", "files": []}],
        [{"file_id": str(uuid.uuid4()), "entity": "recipients"}],
        [{"type": "load", "file_id": str(uuid.uuid4()), "entity": "dreams"}],
        [{"type": "load", "file_id": str(uuid.uuid4()), "entity": "recipients", "more": 1}],
    ],
)
def test_what_is_no_list_of_loads_and_transforms_is_refused(files: list[Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"files": files}, FilesParameters)
