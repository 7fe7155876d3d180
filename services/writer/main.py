"""`python -m services.writer.main`: one writer process. Start as many as you need; they know nothing of each other."""

import gc
import os
import sys
from functools import partial
from importlib.metadata import version
from typing import Any

import psycopg
import redis
import structlog
from psycopg_pool import ConnectionPool

from libs.boot.installation import Installation, InstallationError
from libs.boot.surroundings import check_at_boot, check_redis
from libs.broker.company import Company
from libs.broker.factory import build_broker
from libs.broker.publisher import Publisher
from libs.broker.turns import build_worker
from libs.broker.workplace import Workplace
from libs.contracts.texts import said
from libs.database.server.pool import open_pool, pool_state
from libs.jobs.server.connection import DurabilityError, check_durability, connect
from libs.jobs.store import JobStore
from libs.jobs.values import Timing
from libs.jobs.watching.heartbeat import BEAT_EVERY_S, DEAD_AFTER_S, Heart
from libs.jobs.watching.measuring import measured
from libs.jobs.watching.turn import Turn
from libs.settings import SettingsError, load, redacted
from libs.telemetry import health
from libs.telemetry.exposition import exposed
from libs.telemetry.logging import configure
from libs.telemetry.metrics.writing import THREADS
from libs.telemetry.process import heap
from libs.telemetry.prompt import Prompt
from libs.telemetry.state import StateCollector, Values
from libs.telemetry.ticker import Ticker
from libs.telemetry.traces.spans import turn_on
from services.writer.actors import declare_actors
from services.writer.chunks.chunk_writer import ChunkWriter
from services.writer.chunks.group_writer import GroupWriter
from services.writer.chunks.job_rows import JobRows
from services.writer.promises.audit import AUDIT_EVERY_S, AUDIT_TURN_S, store_audit_by_turns
from services.writer.promises.closing import JobCloser
from services.writer.promises.delivery import Delivery
from services.writer.promises.groups import Groups
from services.writer.promises.lost_jobs import LOST_EVERY_S, LOST_TURN_S, SetBackWatch, end_lost_jobs
from services.writer.promises.movement import LOOK_EVERY_S, Movement
from services.writer.promises.sweeper import SWEEP_EVERY_S, sweep
from services.writer.settings import WriterSettings

log = structlog.get_logger()

LATE_AFTER_S = 10 * SWEEP_EVERY_S
"""Without a sweep for so many seconds, while Redis answers, a writer is not ready."""
COLLECT_AFTER = 10_000
"""Objects made and not yet freed before the collector looks for cycles: a chunk whose records are all rejected makes
fewer, and leaves none."""
UNFIT = 2
"""The exit status where a setting is not fit for the work."""


class Writer:
    """One writer, wired: stores, actors, threads.

    Raises DurabilityError, redis.RedisError, ValueError, OSError where the surroundings are not fit.
    """

    def __init__(self, settings: WriterSettings) -> None:
        self._settings = settings
        check_redis(settings.redis_url, settings.namespace, settings.redis_stated)
        client = connect(settings.redis_url, namespace=settings.namespace, stated=settings.redis_stated)
        check_durability(client, settings.redis_stated)
        installation = Installation(client, settings.namespace)
        check_at_boot(settings.database_url, ("sluice_writer",), installation.confirm)
        timing = Timing(
            window_chunks=settings.window_chunks,
            grace_ms=settings.grace_ms,
            lease_ms=settings.lease_ms,
            ended_ttl_s=settings.ended_ttl_s,
        )
        self._store = JobStore(client, settings.namespace, timing)
        self._broker = build_broker(client, settings.namespace)
        self._pool = open_pool(
            settings.database_url, "sluice_writer", name=settings.writer_name, size=settings.writer_threads + 2,
            statement_timeout_s=settings.statement_timeout_s, timeout_s=5.0,
        )  # fmt: skip
        publisher = Publisher(self._broker)
        jobs = JobRows(settings.namespace, self._store.agree_opening)
        closer = JobCloser(self._store, self._pool, settings.writer_name)
        delivery = Delivery(
            self._store,
            publisher,
            ChunkWriter(self._pool, jobs, settings.writer_name),
            closer,
        )
        worker = build_worker(self._broker, settings.writer_threads)
        groups = Groups(
            delivery,
            self._store,
            publisher,
            GroupWriter(self._pool, settings.writer_name, settings.namespace),
            Company(worker, self._broker),
        )
        declare_actors(self._broker, groups.handle)
        # What goes to PostgreSQL may wait for a lock as long as a statement may.
        patient: dict[str, Any] = {
            "patience_s": LATE_AFTER_S + 2 * settings.statement_timeout_s, "excused": (psycopg.OperationalError,),
        }  # fmt: skip
        self._heart = Heart(
            client, settings.namespace, kind="writer", name=settings.writer_name, version=version("sluice"),
            threads=settings.writer_threads, doing=delivery.doing, draining=lambda: self._place.closing,
        )  # fmt: skip
        self._movement = Movement(delivery.doing, 2.0 * settings.statement_timeout_s)
        turn = partial(Turn, client, settings.namespace)
        audit = partial(store_audit_by_turns, turn("audit", AUDIT_TURN_S), self._store, self._pool, jobs)
        watch = SetBackWatch(self._store, self._pool, closer, installation)
        lost = partial(self._end_lost_jobs, turn("lost", LOST_TURN_S), installation, watch)
        tickers = [
            Ticker("sweep", SWEEP_EVERY_S, partial(sweep, self._store, publisher), patience_s=LATE_AFTER_S),
            Ticker("leases", settings.lease_ms / 4000, delivery.extend_leases, patience_s=settings.lease_ms / 1000),
            Ticker("audit", AUDIT_EVERY_S, audit, **patient),
            Ticker("lost", LOST_EVERY_S, lost, **patient),
            Ticker("movement", LOOK_EVERY_S, self._movement.look, patience_s=LATE_AFTER_S + 2 * LOOK_EVERY_S),
            Ticker("heartbeat", BEAT_EVERY_S, self._heart.beat, patience_s=DEAD_AFTER_S, excused=(redis.RedisError,)),
        ]
        THREADS.set(settings.writer_threads)
        self._place = Workplace(worker, tickers)
        self._status = 0
        self._redis = Prompt("redis-ping", client.ping)
        registry = exposed("writer")
        stores = {"redis": partial(measured, self._store, self._broker.depths)}
        registry.register(StateCollector(stores, partial(_of_process, self._pool, delivery)))
        self._server = health.serve(settings.metrics_bind, registry, self._amiss)

    def run(self) -> int:
        """Work until SIGTERM or SIGINT, then finish what has been begun; returns the exit status."""
        self._place.open()
        gc.set_threshold(COLLECT_AFTER)
        log.info("writer_ready", **redacted(self._settings))
        self._place.wait()

        log.info("writer_draining")
        self._place.drain(self._settings.drain_seconds)
        self._heart.stop()
        self._pool.close()
        self._server.shutdown()
        log.info("writer_stopped")
        return self._status

    def _end_lost_jobs(self, turn: Turn, installation: Installation, watch: SetBackWatch) -> None:
        """End lost jobs, in turn; at a Redis that is not ours, end ourselves: the next start says what is wrong."""
        try:
            with turn.taken(keep=True) as ours:
                if ours:
                    end_lost_jobs(self._store, self._pool, self._settings.writer_name, installation)
                    watch.look()
                else:
                    self._confirm(installation)
        except InstallationError as error:
            log.error("wrong_installation", reason=str(error))  # noqa: TRY400 -- its words say all
            self._status = UNFIT
            self._place.close()

    def _confirm(self, installation: Installation) -> None:
        with self._pool.connection() as connection:
            installation.confirm(connection)

    def _amiss(self) -> str:
        if self._place.closing:
            return "draining"
        if not self._redis.read().fresh:
            return "Redis does not answer"
        return self._place.late or self._movement.amiss


def _of_process(pool: ConnectionPool, delivery: Delivery) -> Values:
    return {
        "sluice_pool_connections": {(name,): count for name, count in pool_state(pool).items()},
        "sluice_longest_chunk_seconds": {(): max((doing.seconds for doing in delivery.doing()), default=0.0)},
    }


def main() -> int:
    """Boot; the exit status is 2 where a setting is not fit for the work, and 1 where Redis does not answer."""
    try:
        settings = load(WriterSettings, os.environ)
        configure(settings.log_level, "writer")
        turn_on("writer", settings.writer_name)
        heap.keep_together()
        writer = Writer(settings)
    except (SettingsError, DurabilityError, ValueError, OSError) as error:
        sys.stderr.write(f"sluice writer: {error}\n")
        return UNFIT
    except redis.RedisError as error:
        sys.stderr.write(f"sluice writer: {said('REDIS_AWAY', reason=error)}\n")
        return 1
    return writer.run()


if __name__ == "__main__":
    sys.exit(main())
