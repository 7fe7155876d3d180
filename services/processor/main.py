"""`python -m services.processor.main`: one processor. Start as many as you need; they know nothing of each other."""

import os
import sys
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any

import psycopg
import redis
import structlog
from psycopg_pool import ConnectionPool

from libs.backups.measuring import measured as measured_backups
from libs.boot.installation import Installation
from libs.boot.surroundings import check_at_boot, check_redis
from libs.broker.factory import build_broker
from libs.broker.publisher import Publisher
from libs.broker.turns import build_worker
from libs.broker.workplace import Workplace
from libs.contracts.jobs import JobStatus
from libs.contracts.queues import TASK_WEIGHTS
from libs.contracts.tasks.kinds import Task
from libs.contracts.tasks.types.upkeep.backup import BACKUP
from libs.contracts.texts import said
from libs.database.server.pool import open_pool, pool_state
from libs.database.statistics.measuring import measured as measured_ledger
from libs.database.statistics.rollup import COUNT_EVERY_S, Rollup
from libs.database.statistics.versions import VersionNotes
from libs.files.folders import remove_left_over
from libs.files.storage import open_storage
from libs.jobs.events import Events
from libs.jobs.server.connection import DurabilityError, check_durability, connect
from libs.jobs.watching.heartbeat import BEAT_EVERY_S, DEAD_AFTER_S, Heart, Heartbeats
from libs.jobs.watching.measuring import measured
from libs.settings import SettingsError, load, redacted
from libs.tasks.runner import Function, Runner
from libs.tasks.schedules.measuring import measured as measured_schedules
from libs.tasks.schedules.ticking import Schedules
from libs.tasks.store import Noted, TaskStore
from libs.telemetry import health
from libs.telemetry.exposition import exposed
from libs.telemetry.logging import configure
from libs.telemetry.prompt import Prompt
from libs.telemetry.state import StateCollector, Values
from libs.telemetry.ticker import Ticker
from libs.telemetry.traces.spans import turn_on
from libs.uploads.upkeep import FileUpkeep
from libs.webhooks.outbox import Outbox
from services.processor.actors import declare_actors
from services.processor.promises.lanes import PAUSES_EVERY_S, WAITING_EVERY_S, LaneWatch
from services.processor.promises.late import COUNT_EVERY_S as COUNT_LATE_EVERY_S
from services.processor.promises.late import LateBatches
from services.processor.promises.schedules import TICK_EVERY_S, ScheduleWatch
from services.processor.promises.sweeper import HEARTBEAT_S, SWEEP_EVERY_S, sweep
from services.processor.promises.versions import LOOK_EVERY_S, VersionWatch
from services.processor.promises.webhooks import SEND_EVERY_S, WebhookWatch, check_webhook, tells
from services.processor.settings import ProcessorSettings
from services.processor.tools import Tools, Types, Work, equip
from services.processor.types import TYPES

log = structlog.get_logger()

LATE_AFTER_S = 10.0
"""Without a sweep or a heartbeat for so many seconds, while PostgreSQL answers, a processor is not ready."""
UPKEEP_EVERY_S, UPKEEP_PATIENCE_S = 5.0, 900.0
"""How often files are looked after; a tick may have to hash a file of 10 GiB."""
LEFT_EVERY_S = 10.0
"""How often the disk is looked over for what processors that were killed have left on it."""
UNFIT = 2
"""The exit status where a setting is not fit for the work."""


class Processor:
    """One processor, wired: stores, tools, actors, threads.

    Raises DurabilityError, redis.RedisError, ValueError, OSError where the surroundings are not fit.
    """

    def __init__(self, settings: ProcessorSettings, types: Types) -> None:
        self._settings = settings
        webhook = check_webhook(settings.webhook)
        check_redis(settings.redis_url, settings.namespace, settings.redis_stated, settings.redis_replicas)
        self._client = connect(settings.redis_url, namespace=settings.namespace, stated=settings.redis_stated)
        waitaof = check_durability(self._client, settings.redis_stated)
        installation = Installation(self._client, settings.namespace)
        check_at_boot(settings.database_url, ("sluice_processor",), installation.compare)
        self._broker = build_broker(self._client, settings.namespace, TASK_WEIGHTS)
        self._pool = open_pool(
            settings.database_url, "sluice_processor", name=settings.processor_name,
            size=2 * settings.processor_threads + 4, statement_timeout_s=settings.statement_timeout_s, timeout_s=5.0,
        )  # fmt: skip
        self._tasks = TaskStore(
            self._pool, settings.processor_name, lease_s=settings.lease_ms / 1000, most_at_once=settings.tenant_tasks,
            tells=tells(settings.webhook),
        )  # fmt: skip
        publisher = Publisher(self._broker)
        storage = open_storage(settings.files.files_url, settings.files.files_keys_file)
        tools = equip(settings, self._client, self._pool, publisher, storage, waitaof=waitaof)
        works = {name: (kind, _equipped(function, tools)) for name, (kind, function) in types.items()}
        lanes = LaneWatch(tools.jobs, self._tasks, self._broker)
        lanes.look_at_pauses()
        events = Events(self._client, settings.namespace)
        late = LateBatches(tools.segments, tools.lookup, events)
        announce = partial(_announce, events)
        self._runner = Runner(self._tasks, works, announce, lanes.stands_still)
        declare_actors(self._broker, self._runner.handle)
        patient: dict[str, Any] = {
            "patience_s": LATE_AFTER_S + 2 * settings.statement_timeout_s, "excused": (psycopg.OperationalError,),
        }  # fmt: skip
        at_leisure = patient | {"patience_s": UPKEEP_PATIENCE_S}
        self._heart = Heart(
            self._client, settings.namespace, kind="processor", name=settings.processor_name, version=version("sluice"),
            threads=settings.processor_threads, doing=self._runner.doing, draining=lambda: self._place.closing,
            tasks=lambda: lanes.waiting,
        )  # fmt: skip
        of_redis: dict[str, Any] = {"patience_s": DEAD_AFTER_S, "excused": (redis.RedisError,)}
        of_both = patient | {"excused": (psycopg.OperationalError, redis.RedisError)}

        def sweeping() -> None:
            sweep(self._tasks, publisher, self._runner, settings.processor_threads, lanes.going)

        namespace = settings.namespace
        schedules = ScheduleWatch(Schedules(self._pool), publisher, events, _offered(types, settings))
        versions = VersionWatch(Heartbeats(self._client, namespace), VersionNotes(self._pool, namespace))
        tickers = [
            Ticker("task-sweep", SWEEP_EVERY_S, sweeping, **patient),
            Ticker("task-leases", min(HEARTBEAT_S, settings.lease_ms / 4000), self._runner.extend_leases, **patient),
            Ticker("task-cancels", SWEEP_EVERY_S, self._runner.end_cancelled, **patient),
            Ticker("schedules", TICK_EVERY_S, schedules.tick, **patient),
            Ticker("files", UPKEEP_EVERY_S, FileUpkeep(self._pool, storage, settings.files).tick, **at_leisure),
            Ticker("folders", LEFT_EVERY_S, _tidy, **at_leisure),
            Ticker("statistics", COUNT_EVERY_S, Rollup(self._pool).run, **patient),
            Ticker("late-batches", COUNT_LATE_EVERY_S, late.count, **of_both),
            Ticker("versions", LOOK_EVERY_S, versions.look, **of_both),
            Ticker("lane-pauses", PAUSES_EVERY_S, lanes.look_at_pauses, **of_redis),
            Ticker("lane-work", WAITING_EVERY_S, lanes.look_at_work, **patient),
            Ticker("heartbeat", BEAT_EVERY_S, self._heart.beat, **of_redis),
        ]
        outbox = Outbox(self._pool) if webhook else None
        if outbox and webhook:
            watch = WebhookWatch(outbox, settings.webhook, webhook)
            tickers.append(Ticker("webhooks", SEND_EVERY_S, watch.send, **at_leisure))
        self._place = Workplace(build_worker(self._broker, settings.processor_threads), tickers)
        self._redis = Prompt("redis-ping", self._client.ping)
        registry = exposed("processor")
        stores: dict[str, Callable[[], Values]] = {
            "redis": partial(measured, tools.jobs, self._broker.depths),
            "postgres": partial(_of_postgres, self._pool, self._tasks, outbox),
        }  # fmt: skip
        if folder := settings.backups.backup_dir:
            stores["backups"] = partial(measured_backups, folder)
        registry.register(StateCollector(stores, partial(_of_process, self._pool)))
        self._server = health.serve(settings.metrics_bind, registry, self._amiss)

    def run(self) -> int:
        """Work until SIGTERM or SIGINT, then give back what is under way; returns the exit status."""
        self._place.open()
        log.info("processor_ready", **redacted(self._settings))
        self._place.wait()

        log.info("processor_draining", running=self._runner.running)
        self._runner.leave()
        self._place.drain(self._settings.drain_seconds)
        self._heart.stop()
        self._pool.close()
        self._server.shutdown()
        log.info("processor_stopped")
        return 0

    def _amiss(self) -> str:
        if self._place.closing:
            return "draining"
        return self._place.late if self._redis.read().fresh else "Redis does not answer"


def _of_postgres(pool: ConnectionPool, tasks: TaskStore, outbox: Outbox | None) -> Values:
    waiting: Values = {"sluice_webhooks_waiting": {(): outbox.waiting()}} if outbox else {}
    return tasks.measured() | measured_schedules(pool) | measured_ledger(pool) | waiting


def _of_process(pool: ConnectionPool) -> Values:
    return {"sluice_pool_connections": {(name,): count for name, count in pool_state(pool).items()}}


def _offered(types: Types, settings: ProcessorSettings) -> list[str]:
    """The types for which there may be a schedule by itself: without a folder for backups each night's would fail."""
    return [name for name in types if name != BACKUP.name or settings.backups.backup_dir]


def _equipped(work: Work, tools: Tools) -> Function:
    return lambda context: work(context, tools)


def _tidy() -> None:
    if removed := remove_left_over():
        log.info("folders_of_the_dead_removed", count=removed)


def _announce(events: Events, task: Task, status: JobStatus, noted: Noted) -> None:
    events.changed(task.tenant_id, task.task_id, task.type, status, noted.version, noted.progress)


def main(types: Types = TYPES) -> int:
    """Boot; the exit status is 2 where a setting is not fit for the work, and 1 where Redis does not answer."""
    try:
        settings = load(ProcessorSettings, os.environ)
        configure(settings.log_level, "processor")
        turn_on("processor", settings.processor_name)
        processor = Processor(settings, types)
    except (SettingsError, DurabilityError, ValueError, OSError) as error:
        sys.stderr.write(f"sluice processor: {error}\n")
        return UNFIT
    except redis.RedisError as error:
        sys.stderr.write(f"sluice processor: {said('REDIS_AWAY', reason=error)}\n")
        return 1
    return processor.run()


if __name__ == "__main__":
    sys.exit(main())
