"""What the functions of types work with, besides their context: every store and service of a processor, wired once."""

from collections.abc import Callable
from typing import TypeAlias

import redis
from msgspec import Struct
from psycopg_pool import ConnectionPool

from libs.broker.publisher import Publisher
from libs.compliance.packages.reading import Snapshots
from libs.compliance.reports.reading import FactReader
from libs.compliance.running import RuleRuns
from libs.contracts.tasks.kinds import TaskKind
from libs.database.mappings import MappingStore
from libs.database.reader import JobReader
from libs.database.segments import SegmentRows
from libs.database.task_reader import TaskReader
from libs.files.storage import Storage
from libs.intake.admission import Admission
from libs.intake.opening import Intake
from libs.jobs.events import Events
from libs.jobs.store import JobStore
from libs.jobs.values import Timing
from libs.lookup.everything import AnyJobs
from libs.lookup.jobs import JobLookup
from libs.lookup.pages import JobPages
from libs.steering.jobs import Steering
from libs.tasks.context import Context
from libs.tasks.desk import TaskDesk
from libs.uploads.files import FileStore
from services.processor.settings import ProcessorSettings


class Tools(Struct, frozen=True, kw_only=True):
    """The tools of one processor; safe to use from all of its threads."""

    settings: ProcessorSettings
    pool: ConnectionPool
    """In the role `sluice_processor`, for what concerns all tenants."""
    files: FileStore
    mappings: MappingStore
    segments: SegmentRows
    jobs: JobStore
    lookup: JobLookup
    intake: Intake
    admission: Admission
    every: AnyJobs
    pages: JobPages
    steering: Steering
    desk: TaskDesk
    """Opens, cancels and retries other tasks."""
    publisher: Publisher
    """Wakes who runs them."""
    rules: RuleRuns
    snapshots: Snapshots
    facts: FactReader


Work: TypeAlias = Callable[[Context, Tools], Struct]
"""Does a task's work and returns its result, a struct of its kind's type."""
Types: TypeAlias = dict[str, tuple[TaskKind, Work]]
"""By name, what each type declares and does."""


def equip(
    settings: ProcessorSettings,
    client: redis.Redis,
    pool: ConnectionPool,
    publisher: Publisher,
    storage: Storage,
    *,
    waitaof: bool,
) -> Tools:
    """The tools of a processor."""
    timing = Timing(window_chunks=settings.window_chunks, grace_ms=settings.grace_ms)
    store = JobStore(client, settings.namespace, timing, waitaof=waitaof, replicas=settings.redis_replicas)
    reader, tasks, desk = JobReader(pool), TaskReader(pool), TaskDesk(pool)
    lookup = JobLookup(store, reader)
    every = AnyJobs(lookup, reader, tasks)
    return Tools(
        settings=settings,
        pool=pool,
        files=FileStore(pool, storage, settings.files),
        mappings=MappingStore(pool),
        segments=SegmentRows(pool),
        jobs=store,
        lookup=lookup,
        intake=Intake(store, publisher, settings.intake.chunk_records),
        admission=Admission(store, settings.intake),
        every=every,
        pages=JobPages(store, reader, tasks),
        steering=Steering(store, desk, every, publisher, Events(client, settings.namespace)),
        desk=desk,
        publisher=publisher,
        rules=RuleRuns(pool, settings.rule_timeout_s),
        snapshots=Snapshots(pool),
        facts=FactReader(pool),
    )
