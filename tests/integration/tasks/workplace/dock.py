"""Loads on real stores: a task engine with all tools of a processor, files in a folder, a writer that can be stopped.

Its fixture is named in the folder's conftest.
"""

import itertools
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import redis
from msgspec.structs import replace

from libs.compliance.packages.reading import Snapshots
from libs.compliance.reports.reading import FactReader
from libs.compliance.running import RuleRuns
from libs.contracts.chunks import ChunkRef
from libs.contracts.files.mappings import ColumnMapping, Mapping
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import Job
from libs.contracts.tasks.kinds import Task, TaskRef
from libs.contracts.tasks.types.load import LOAD
from libs.database.mappings import MappingStore, NewMapping
from libs.database.reader import JobReader
from libs.database.segments import SegmentRows
from libs.database.task_reader import TaskReader
from libs.files.storage import FolderStorage
from libs.intake.admission import Admission
from libs.intake.opening import Intake
from libs.intake.settings import IntakeSettings
from libs.jobs.events import Events
from libs.jobs.values import Timing
from libs.lookup.everything import AnyJobs
from libs.lookup.jobs import JobLookup
from libs.lookup.pages import JobPages
from libs.steering.jobs import Steering
from libs.tasks.context import Context
from libs.tasks.runner import Runner
from libs.uploads.files import FileStore
from services.processor.settings import ProcessorSettings
from services.processor.tools import Tools, Work
from services.processor.types.load import run
from services.writer.chunks import ledger
from tests.integration.tasks.workplace.bench import Bench, Gate
from tests.integration.writer.works import Works, works_at
from tests.waiting import wait_until
from tests.writing import Desk, open_desk

HEADER = "external_id,name_vi,recipient_type"
QUICK = Timing(window_chunks=100, grace_ms=100, lease_ms=60_000)


def csv_of(count: int, first: int = 0, kind: str = "processor") -> bytes:
    """A file of so many good recipients."""
    return "\n".join([HEADER, *(f"r-{n},Ngân hàng {n},{kind}" for n in range(first, first + count)), ""]).encode()


STEPS_OF = ("libs.intake.opening", "libs.tasks.context", "libs.tasks.runner", "services.processor.loading.load",
            "services.processor.loading.watching")  # fmt: skip
"""Modules with crash points of a load."""


class KilledError(BaseException):
    """Stands for the death of a processor: nothing catches it, and nothing is tidied up."""


@contextmanager
def _at_every_step(act: Callable[[str], None]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in STEPS_OF:
            patch.setattr(f"{module}.crash_point", act)
        yield


@contextmanager
def every(seconds: float, act: Callable[[], None]) -> Iterator[None]:
    """Do something again and again beside the test, also once at its end."""
    stopped = threading.Event()

    def work() -> None:
        while not stopped.wait(seconds):
            act()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(20)


def mapping_of(names: Sequence[str], targets: Sequence[str | None], entity: str) -> Mapping:
    """Columns with these names, and what they become."""
    pairs = zip(names, targets, strict=False)
    columns = [ColumnMapping(index=index, name=name, target=target) for index, (name, target) in enumerate(pairs)]
    return Mapping(entity=entity, columns=columns)


class Dock:
    """One tenant's files and loads, as many processors as a test wants, and one writer."""

    def __init__(self, bench: Bench, desk: Desk, folder: Path) -> None:
        self.bench, self.desk, self.folder = bench, desk, folder
        self.works: Works = works_at(desk)
        self.settings = ProcessorSettings(
            redis_url="redis://unused", database_url="postgresql://unused", intake=IntakeSettings(chunk_records=50)
        )
        self.files = FileStore(bench.pool, FolderStorage(folder))
        store, reader, tasks = desk.store, JobReader(bench.pool), TaskReader(bench.pool)
        lookup = JobLookup(store, reader)
        every = AnyJobs(lookup, reader, tasks)
        self.tools = Tools(
            settings=self.settings, pool=bench.pool, files=self.files, mappings=MappingStore(bench.pool),
            segments=SegmentRows(bench.pool), jobs=store, lookup=lookup,
            intake=Intake(store, self.works.publisher, 50), admission=Admission(store, self.settings.intake),
            desk=bench.desk, publisher=self.works.publisher, every=every,
            rules=RuleRuns(bench.pool, 30), pages=JobPages(store, reader, tasks),
            snapshots=Snapshots(bench.pool), facts=FactReader(bench.pool),
            steering=Steering(
                store, bench.desk, every, self.works.publisher, Events(store.client, desk.namespace)
            ),
        )  # fmt: skip

    def file(self, data: bytes, name: str = "rows.csv") -> uuid.UUID:
        """Keep a file."""
        return self.files.keep(self.bench.tenant, name, "tester", [data]).file_id

    def open(self, file_id: uuid.UUID, entity: str = "recipients", **parameters: Any) -> TaskRef:
        """Ask for a load."""
        return self.bench.open("load", file_id=str(file_id), entity=entity, **parameters)

    def runner(self, work: Work = run, name: str = "processor-1") -> Runner:
        """A processor."""

        def equipped(context: Context) -> Any:
            return work(context, self.tools)

        return self.bench.runner(equipped, LOAD, name=name)

    def load(self, data: bytes, name: str = "rows.csv", **parameters: Any) -> Task:
        """Load a file to its end, while a writer writes."""
        ref = self.open(self.file(data, name), **parameters)
        with self.writing():
            self.runner().handle(ref)
        return self.bench.task(ref)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Have a writer write, and give up what Redis has lost."""
        with every(0.02, lambda: self.works.handle(*self.desk.store.claim_due(100))), every(0.5, self._give_up_lost):
            yield

    def _give_up_lost(self) -> None:
        """As a writer does, without waiting until a job has been open for long."""
        with self.desk.pool.connection() as connection:
            for job in ledger.open_jobs(connection, self.desk.namespace, older_than_s=0, limit=100):
                if not self.desk.store.known_jobs([(job.tenant_id, job.job_id)]):
                    with connection.transaction():
                        ledger.end_job(connection, job, ledger.give_up(connection, job, "desk", "QUEUE_LOST"))

    @contextmanager
    def running(self, ref: TaskRef, *, heart_beats: bool = True) -> Iterator[None]:
        """A processor with the load in hand, in a thread; it keeps its lease, and hears of a cancel, by its heart."""
        runner = self.runner()
        thread = threading.Thread(target=runner.handle, args=[ref])
        thread.start()
        try:
            with every(0.1, runner.extend_leases if heart_beats else lambda: None):
                yield
                thread.join(30)
        finally:
            thread.join(30)

    def go_on(self, ref: TaskRef, name: str = "processor-1") -> None:
        """Have the load come again, as after a death or a wait, while a writer writes."""
        self.bench.lease_runs_out(ref)
        self.bench.now_due(ref)
        with self.writing():
            self.runner(name=name).handle(ref)

    @contextmanager
    def dying_at(self, step: str, visit: int = 1) -> Iterator[None]:
        """Have a processor die at a step, if it comes there for the so-manieth time."""
        left = itertools.count(1)

        def die(name: str) -> None:
            if name == step and next(left) == visit:
                raise KilledError

        with _at_every_step(die), suppress(KilledError):
            yield

    @contextmanager
    def sleeping_at(self, step: str) -> Iterator[Gate]:
        """Have the first processor that comes to a step stand there until the gate is opened."""
        gate, first = Gate(), itertools.count(1)

        def sleep(name: str) -> None:
            if name == step and next(first) == 1:
                gate.entered.set()
                assert gate.opened.wait(60)

        with _at_every_step(sleep):
            yield gate

    def due(self, count: int) -> list[ChunkRef]:
        """Some chunks that wait for a writer."""
        found: list[ChunkRef] = []
        wait_until(lambda: len(found) >= count or found.extend(self.desk.store.claim_due(count)), 10, "they are due")
        return found[:count]

    def limit_backlog(self, size: int) -> None:
        """Have no more than so many bytes wait."""
        limited = Admission(self.desk.store, IntakeSettings(backlog_max_bytes=size))
        self.tools = replace(self.tools, admission=limited)

    def mapping(
        self,
        names: Sequence[str],
        targets: Sequence[str | None],
        *,
        entity: str = "recipients",
        tenant: uuid.UUID | None = None,
        approve: bool = True,
    ) -> uuid.UUID:
        """A mapping of columns with these names."""
        new = NewMapping(
            tenant_id=tenant or self.bench.tenant, mapping_id=uuid.uuid4(), signature=b"", created_by="tester",
            content=mapping_of(names, targets, entity),
        )  # fmt: skip
        stored = self.tools.mappings.add(new)
        if approve:
            audit = replace(self.bench.audit("mapping.approve", stored.mapping_id), tenant_id=stored.tenant_id)
            self.tools.mappings.approve(stored.tenant_id, stored.mapping_id, 1, audit)
        return stored.mapping_id

    def change(self, mapping_id: uuid.UUID, targets: Sequence[str | None]) -> None:
        """Give a mapping other targets, and approve it."""
        tenant, mappings = self.bench.tenant, self.tools.mappings
        stored = mappings.mapping(tenant, mapping_id)
        assert stored
        content = mapping_of([column.name for column in stored.content.columns], targets, "recipients")
        audit = self.bench.audit("mapping.change", mapping_id)
        changed = mappings.change(tenant, mapping_id, stored.version, content, audit)
        mappings.approve(tenant, mapping_id, changed.version, self.bench.audit("mapping.approve", mapping_id))

    def open_jobs(self) -> list[Job]:
        """Batches of loads that Redis holds for open."""
        parts = self.bench.sql.execute("SELECT tenant_id, job_id FROM work.segment").fetchall()
        jobs = self.desk.store.jobs_by_id([(part["tenant_id"], part["job_id"]) for part in parts])
        return [job for job in jobs if not job.status.ended]

    def redis_loses_everything(self) -> None:
        """What one namespace had is gone, all at once."""
        self._forget("return true")

    def _forget(self, condition: str) -> None:
        pick = "local function goes(key) " + condition + " end "
        each = "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do if goes(key) then redis.call('DEL', key) end end"
        self.desk.store.client.eval(pick + each, 0, f"*{self.desk.namespace}*")

    def redis_forgets_jobs(self) -> None:
        """As time goes by: jobs that have ended are forgotten, their keys are not yet."""
        self._forget("return not string.find(key, ':idempotency:', 1, true)")

    def names(self, table: str = "inventory.recipient") -> Counter[str]:
        """The external ids that are stored."""
        return Counter(row["external_id"] for row in self.desk.rows(table, self.bench.tenant))

    def is_free(self, ref: TaskRef) -> bool:
        """Whether no processor has the task in hand."""
        found = self.bench.sql.execute("SELECT lease_token FROM work.task WHERE task_id = %s", [ref.task_id])
        return found.fetchone() == {"lease_token": None}

    def segments(self, ref: TaskRef) -> list[dict[str, Any]]:
        """The segments of a load."""
        return self.bench.sql.execute(
            "SELECT * FROM work.segment WHERE task_id = %s ORDER BY number", [ref.task_id]
        ).fetchall()

    def jobs_of(self, ref: TaskRef) -> list[dict[str, Any]]:
        """The batches of a load that PostgreSQL knows."""
        return self.bench.sql.execute("SELECT * FROM ingest.job WHERE parent_id = %s", [ref.task_id]).fetchall()


@pytest.fixture
def dock(
    bench: Bench, database_url: str, redis_client: redis.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Dock]:
    """Loads of the test's own, of small segments."""
    for name in ENTITIES:
        monkeypatch.setitem(ENTITIES, name, replace(ENTITIES[name], max_records=100))
    with open_desk(database_url, redis_client, timing=QUICK) as desk:
        yield Dock(bench, desk, tmp_path / "files")
