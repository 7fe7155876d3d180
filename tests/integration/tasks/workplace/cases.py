"""One case a type, for what every type has to stand (`test_each_type.py`). Whoever adds a type adds its case here."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import msgspec
import psycopg
from msgspec.structs import replace
from psycopg.conninfo import make_conninfo

from deploy.local.servers.postgres import binaries
from libs.backups.settings import BackupSettings
from libs.backups.shelf import Shelf
from libs.contracts.tasks.kinds import Task, TaskRef
from libs.tasks.runner import Runner
from services.processor.tools import Types
from services.processor.types import TYPES
from tests.integration.tasks.workplace.bench import COUNT, count
from tests.integration.tasks.workplace.dock import HEADER, Dock, csv_of, every
from tests.integration.tasks.workplace.papers import in_this_process
from tests.writing import recipient

WORKS: Types = {**TYPES, COUNT.name: (COUNT, lambda context, _: count(context))}


@dataclass(frozen=True)
class Case:
    """How a type is tried: more than once, each time for another tenant."""

    ask: Callable[[Dock], dict[str, Any]]
    """Set up what the type needs, for the tenant of now; gives the parameters."""
    check: Callable[[Dock, Task], None]
    """Assert that a completed task has come to what it should, exactly once."""
    beside: Callable[[Dock], AbstractContextManager[None]] = lambda _: nullcontext()
    """Who has to be at work beside the processor, such as a writer."""


def _counted(_: Dock, task: Task) -> None:
    assert task.result == {"number": 4}


def _analyzed(dock: Dock, task: Task) -> None:
    assert task.result
    assert (task.result["rows"], task.result["faulty_rows"]) == (120, 0)
    assert [column["name"] for column in task.result["columns"]] == HEADER.split(",")
    kept = dock.tools.files.file(task.tenant_id, uuid.UUID(task.parameters["file_id"]))
    assert kept
    assert kept.analysis


def _mapping(dock: Dock) -> dict[str, Any]:
    return {"file_id": str(dock.file(b"ma;ten;loai\nr1;A;processor\n")), "entity": "recipients"}


def _mapped(dock: Dock, task: Task) -> None:
    assert task.result
    assert [column["target"] for column in task.result["mapping"]["columns"]] == [
        "external_id", "name_vi", "recipient_type",
    ]  # fmt: skip
    assert len(dock.tools.mappings.page(task.tenant_id, before=None, entity=None, status=None, limit=9)) == 1


def _load(dock: Dock) -> dict[str, Any]:
    return {"file_id": str(dock.file(csv_of(120))), "entity": "recipients"}


def _loaded(dock: Dock, task: Task) -> None:
    assert dock.names() == Counter(f"r-{n}" for n in range(120))
    assert (task.counters["total"], task.counters["created"]) == (120, 120), task


def _transform(dock: Dock) -> dict[str, Any]:
    file_id = dock.file(csv_of(120))
    mapping_id = dock.mapping(HEADER.split(","), HEADER.split(","))
    return {"file_id": str(file_id), "mapping_id": str(mapping_id)}


def _transformed(dock: Dock, task: Task) -> None:
    assert task.result
    made = dock.tools.files.content(task.tenant_id, uuid.UUID(task.result["result_file_id"]))
    assert made.read(1 << 20).decode("utf-8-sig").splitlines()[1:] == csv_of(120).decode().splitlines()[1:]
    assert (task.result["written"], task.result["rejected"], task.result["rejects_file_id"]) == (120, 0, None)


def _files(dock: Dock) -> dict[str, Any]:
    return {"files": [{"type": "load", **_load(dock)}, {"type": "transform", **_transform(dock)}]}


def _both(dock: Dock, task: Task) -> None:
    assert task.result
    assert (task.result["completed"], len(task.result["files"])) == (2, 2)
    assert dock.names() == Counter(f"r-{n}" for n in range(120))


def _bulk(dock: Dock) -> dict[str, Any]:
    """Tasks and batches that nobody has begun, more than a page of them."""
    for _ in range(3):
        dock.bench.open("count")
        dock.desk.open(dock.bench.tenant, [recipient()])
    wanted = {"type": ["count", "write"], "status": ["pending", "processing"]}
    return {"action": "cancel", "filter": wanted, "expected": 6, "reason": "a mistake"}


def _cancelled(dock: Dock, task: Task) -> None:
    assert task.result
    assert {name: task.result[name] for name in ("matched", "done", "skipped", "failed")} == {
        "matched": 6, "done": 6, "skipped": 0, "failed": 0,
    }  # fmt: skip
    query = "SELECT job_id FROM ingest.audit WHERE tenant_id = %s AND action = 'job.cancel' AND reason = 'a mistake'"
    waiting = [msgspec.json.decode(raw) for raw in dock.desk.store.client.hvals(dock.desk.store.keys.audit)]
    steps = [str(row["job_id"]) for row in dock.bench.sql.execute(query, [task.tenant_id]).fetchall()]
    steps += [
        each["job_id"] for each in waiting if (each["tenant_id"], each["reason"]) == (str(task.tenant_id), "a mistake")
    ]
    assert (len(steps), len({*steps})) == (6, 6), "each is asked for once"


def _alone(dock: Dock) -> None:
    """Nobody but this tenant has anything."""
    for table in ("work.task", "ingest.job", "ingest.statistics", "inventory.recipient"):
        dock.bench.sql.execute(f"DELETE FROM {table} WHERE tenant_id <> %s", [dock.bench.tenant])


def _tenants(dock: Dock) -> dict[str, Any]:
    """Three tenants: this one, one that has nothing of it yet, and one whose last has not ended."""
    _alone(dock)
    dock.bench.open("count", tenant=uuid.uuid4())
    busy = dock.bench.open("bulk", tenant=uuid.uuid4())
    dock.bench.sql.execute("UPDATE work.task SET type = 'analyze' WHERE task_id = %s", [busy.task_id])
    return {"type": "analyze", "parameters": {"file_id": str(uuid.uuid4())}}


def _opened_for_each(dock: Dock, task: Task) -> None:
    assert task.result == {"opened": 2, "left_out": 1}
    query = "SELECT tenant_id FROM work.task WHERE type = 'analyze' AND idempotency_key = %s"
    opened = dock.bench.sql.execute(query, [f"tenants-{task.task_id}"]).fetchall()
    assert len(opened) == len({row["tenant_id"] for row in opened}) == 2


OLD_TASKS = "UPDATE work.task SET status = 'failed', finished_at = now() - interval '500 days' WHERE tenant_id = %s"


def _retention(dock: Dock) -> dict[str, Any]:
    """Tasks that ended long ago, and one that did not."""
    _alone(dock)
    for _ in range(3):
        dock.bench.open("count")
    dock.bench.sql.execute(OLD_TASKS, [dock.bench.tenant])
    dock.bench.open("count")
    return {}


def _forgotten(dock: Dock, task: Task) -> None:
    rows = dock.bench.sql.execute(
        "SELECT status, type FROM work.task WHERE tenant_id = %s", [task.tenant_id]
    ).fetchall()
    assert sorted(row["type"] for row in rows) == ["count", "retention"]
    assert task.result
    assert task.result["ledger_waits"] is False


def _backup(dock: Dock) -> dict[str, Any]:
    """Of a database with one table: all that a backup does is the same."""
    settings = BackupSettings(
        backup_dir=str(dock.folder / f"backups-{dock.bench.tenant}"), backup_programs=str(binaries()),
        backup_database_url=_small_database(dock),
    )  # fmt: skip
    dock.tools = replace(dock.tools, settings=replace(dock.settings, backups=settings))
    return {}


def _small_database(dock: Dock) -> str:
    info = dock.bench.sql.info
    name = f"{info.dbname}_small"
    url = make_conninfo(info.dsn, password=info.password, dbname=name)
    if dock.bench.sql.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
        dock.bench.sql.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT n FROM generate_series(1, 100) n")
    return url


def _backed_up(dock: Dock, task: Task) -> None:
    folder = dock.folder / f"backups-{task.tenant_id}"
    (made,) = Shelf(folder).backups()
    assert task.result
    assert (task.result["name"], made.manifest.job_id, made.manifest.rows) == (made.name, task.task_id, 100)
    assert task.result["removed"] == [], "there was never another"
    assert [path.name for path in folder.iterdir()] == [made.name]


FOUND = ["ORG-04", "REC-01", "REC-02", "REC-04"]
"""The rules that find something of it."""


def _rules(dock: Dock) -> dict[str, Any]:
    """A recipient of which several things are not known."""
    dock.bench.sql.execute(
        "INSERT INTO inventory.recipient (tenant_id, recipient_id, name_vi, recipient_type, job_id)"
        " VALUES (%s, gen_random_uuid(), 'Ngân hàng', 'processor', gen_random_uuid())",
        [dock.bench.tenant],
    )
    return {}


def _found(dock: Dock, task: Task) -> None:
    """Of the recipient, and of the organisation, which is not described: each is new once, whatever has happened."""
    query = "SELECT rule FROM work.finding WHERE tenant_id = %s AND opened_by = %s ORDER BY rule"
    found = [row["rule"] for row in dock.bench.sql.execute(query, [task.tenant_id, task.task_id])]
    assert found == FOUND
    assert task.result
    assert {name: task.result[name] for name in ("found", "new", "resolved", "still", "failed")} == {
        "found": 4, "new": 4, "resolved": 0, "still": 0, "failed": 0,
    }  # fmt: skip


def _package(dock: Dock) -> dict[str, Any]:
    """One record is enough: what a package says is tried elsewhere."""
    dock.desk.write(dock.bench.tenant, [recipient()])
    return {"package": "register", "formats": ["xlsx"]}


def _packaged(dock: Dock, task: Task) -> None:
    assert task.result
    assert [file["format"] for file in task.result["files"]] == ["xlsx"]
    kept = dock.tools.files.files(task.tenant_id, limit=9)
    assert {(str(file.file_id), file.sha256) for file in kept if file.state == "complete"} == {
        (file["file_id"], file["sha256"]) for file in task.result["files"]
    }
    assert (len(kept), task.result["records"]["recipients"]) == (1, 1), "what was gathered is gone"


def _report(dock: Dock) -> dict[str, Any]:
    dock.desk.write(dock.bench.tenant, [recipient()])
    return {"formats": ["html"]}


def _reported(dock: Dock, task: Task) -> None:
    assert task.result
    kept = dock.tools.files.files(task.tenant_id, limit=9)
    assert [(str(file.file_id), file.sha256, file.state) for file in kept] == [
        (file["file_id"], file["sha256"], "complete") for file in task.result["files"]
    ]
    assert [file["format"] for file in task.result["files"]] == ["html"]


def _warm(dock: Dock) -> dict[str, Any]:
    dock.desk.write(dock.bench.tenant, [recipient(), recipient(external_id="r-1")])
    return {}


def _warmed(_: Dock, task: Task) -> None:
    assert task.result
    assert (task.result["whole"], task.result["after"], task.result["pages"] > 0) == (True, 1.0, True)
    rows = {(each["entity"], each["key"]): each["rows"] for each in task.result["keys"] if each["rows"]}
    assert rows == {("recipients", "external_id"): 1, ("recipients", "id"): 2}


@contextmanager
def _others(dock: Dock) -> Iterator[None]:
    """A writer, and a processor that runs what the task has opened."""

    query = "SELECT tenant_id, task_id, lane FROM work.task WHERE parent_id IS NOT NULL AND finished_at IS NULL"
    works = {name: (kind, lambda context, work=work: work(context, dock.tools)) for name, (kind, work) in WORKS.items()}
    runner = Runner(dock.bench.store("beside"), works, lambda *_: None)

    def run_children() -> None:
        for row in dock.bench.sql.execute(query).fetchall():
            runner.handle(TaskRef(row["tenant_id"], row["task_id"], row["lane"]))

    with dock.writing(), every(0.05, run_children):
        yield


CASES = {
    "count": Case(lambda _: {"number": 4}, _counted),
    "analyze": Case(lambda dock: {"file_id": str(dock.file(csv_of(120)))}, _analyzed),
    "mapping": Case(_mapping, _mapped),
    "load": Case(_load, _loaded, Dock.writing),
    "transform": Case(_transform, _transformed),
    "files": Case(_files, _both, _others),
    "bulk": Case(_bulk, _cancelled),
    "backup": Case(_backup, _backed_up),
    "retention": Case(_retention, _forgotten),
    "tenants": Case(_tenants, _opened_for_each),
    "rules": Case(_rules, _found),
    "package": Case(_package, _packaged, in_this_process),
    "warm": Case(_warm, _warmed),
    "report": Case(_report, _reported, in_this_process),
}
