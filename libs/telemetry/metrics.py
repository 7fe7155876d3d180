"""Every metric of Sluice, declared once. To add one: declare it here; it is exposed and documented from here.

Labels never hold a tenant, a job or a value of a record. Durations are seconds, sizes bytes.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from libs.telemetry.shared_metrics import SharedCollector
from libs.telemetry.shared_values import SharedDict

values.MmapedDict = SharedDict  # type: ignore[attr-defined]  # before the first metric is made

FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.4, 0.75, 1.5, 3, 6, 15, 30, 60)

# Ingest.
REQUESTS = Counter("sluice_requests_total", "HTTP requests by route, method and status.", ("route", "method", "status"))
REQUEST_SECONDS = Histogram("sluice_request_seconds", "Duration of HTTP requests.", ("route",), buckets=FAST)
ACCEPT_SECONDS = Histogram(
    "sluice_accept_seconds", "From a batch's first byte read to its job on disk.", ("entity",), buckets=FAST
)
BATCH_RECORDS = Histogram(
    "sluice_batch_records", "Records in a batch.", ("entity",), buckets=(1, 10, 100, 1_000, 2_500, 5_000, 10_000)
)
BATCH_BYTES = Histogram(
    "sluice_batch_bytes", "Bytes of a batch, decompressed.", ("entity",), buckets=tuple(4**n for n in range(4, 14))
)
RECORDS_SUBMITTED = Counter("sluice_records_submitted_total", "Records by what validation said.", ("entity", "verdict"))
PUBLISH_FAILURES = Counter("sluice_publish_failures_total", "Messages left to the sweeper, since Redis refused them.")
REFUSALS = Counter(
    "sluice_admission_refusals_total",
    "Batches refused because a limit is reached: of what waits (all, tenant), of what is kept (retained), of memory.",
    ("scope",),
)
UPLOAD_BYTES = Counter("sluice_upload_bytes_total", "Bytes of files as they came, whether they were kept or not.")
UPLOADS = Counter("sluice_uploads_total", "Files that were received to their end, by protocol.", ("kind",))
KEY_FETCHES = Counter("sluice_key_fetches_total", "Fetches of the issuer public keys, by result.", ("result",))

# Writer.
CHUNK_SECONDS = Histogram(
    "sluice_chunk_seconds", "From a chunk's lease to its settlement.", ("entity", "result"), buckets=FAST
)
RECORDS = Counter(
    "sluice_records_total", "Records by outcome, counted when their chunk settles.", ("entity", "outcome")
)
COPY_ROWS = Counter("sluice_copy_rows_total", "Rows sent to a table, by COPY or as arrays.", ("table",))
COPY_BYTES = Counter("sluice_copy_bytes_total", "Bytes of these rows; of links, their targets alone.", ("table",))
DELIVERIES = Counter("sluice_deliveries_total", "Chunk messages by what start_chunk answered.", ("answer",))
REPEATS = Counter("sluice_ledger_repeats_total", "Chunks that the ledger held already when they were delivered.")
RETRIES = Counter("sluice_chunk_retries_total", "Chunks put off after an error, by kind of error.", ("kind",))
LEASES_LOST = Counter("sluice_leases_lost_total", "Chunks taken over from a writer that died or stalled.")
SWEEPS = Counter("sluice_sweeps_total", "Runs of the sweeper.")
SWEPT = Counter("sluice_swept_chunks_total", "Overdue chunks published again by the sweeper.")
BISECTED = Counter("sluice_bisected_chunks_total", "Chunks that PostgreSQL refused and that were bisected.")
JOBS_ENDED = Counter("sluice_jobs_ended_total", "Jobs by the state in which they ended.", ("status",))
JOBS_LOST = Counter("sluice_jobs_lost_total", "Jobs ended because Redis had lost them.")
AUDIT_ASIDE = Counter("sluice_audit_aside_total", "Audit entries that cannot be stored, kept in ingest.audit_aside.")
UNREADABLE = Counter(
    "sluice_unreadable_total", "What Redis held that nobody can read, passed over so that it stops nothing.", ("kind",)
)
BUSY_THREADS = Gauge("sluice_writer_busy_threads", "Writer threads at work on a chunk.")

# Processor.
TASKS_ENDED = Counter(
    "sluice_tasks_ended_total", "Tasks by type and the state in which they ended.", ("type", "status")
)
TASK_RUN_SECONDS = Histogram(
    "sluice_task_run_seconds", "From a task's lease to its end, or to when it is given back.", ("type",), buckets=FAST
)
TASKS_SWEPT = Counter("sluice_swept_tasks_total", "Tasks published again by the sweeper.")
SCHEDULES_FIRED = Counter("sluice_schedules_fired_total", "Jobs that schedules have opened.")

# Console.
LIVE_STREAMS = Gauge("sluice_live_streams", "Streams of this process that are open.")

# All.
LOG_LINES_DROPPED = Counter("sluice_log_lines_dropped_total", "Log lines lost: nobody read them, or the disk was full.")


class State(Struct, frozen=True):
    """What is read when a scrape comes, from the stores themselves."""

    queue_depth: dict[str, int]
    pool: dict[str, int]
    oldest_open_s: float | None = None
    pending_bytes: int | None = None
    tasks: dict[str, int] = {}
    oldest_task_s: float | None = None
    backup_age_s: float | None = None
    used: dict[str, float] = {}
    """The share of each limit that is used."""
    paused: dict[str, bool] = {}
    """By lane, whether it stands still."""


class StateCollector(Collector):
    """Gauges of state that all processes share; the same wherever they are scraped: aggregate with max, not sum."""

    def __init__(self, read: Callable[[], State]) -> None:
        self._read = read

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing: reading at registration would need the stores at boot."""
        return []

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Read the state; a store that is away leaves its gauges out, and `sluice_state_readable` says so."""
        readable = GaugeMetricFamily("sluice_state_readable", "1 where the shared state could be read.")
        try:
            state = self._read()
        except Exception:  # noqa: BLE001 -- a scrape must show the other metrics whatever a store answers
            readable.add_metric([], 0)
            yield readable
            return
        readable.add_metric([], 1)
        yield readable
        depth = GaugeMetricFamily("sluice_queue_depth", "Messages waiting in a lane.", labels=("lane",))
        for lane, size in state.queue_depth.items():
            depth.add_metric([lane], size)
        yield depth
        for name, text, value in (
            (
                "sluice_oldest_open_chunk_seconds",
                "How long ago the oldest open chunk was accepted.",
                state.oldest_open_s,
            ),
            ("sluice_pending_bytes", "What open jobs count for, bytes.", state.pending_bytes),
            ("sluice_oldest_waiting_task_seconds", "How long the oldest task has waited.", state.oldest_task_s),
            ("sluice_backup_age_seconds", "How old the newest verified backup is.", state.backup_age_s),
        ):
            if value is not None:
                yield GaugeMetricFamily(name, text, value)
        tasks = GaugeMetricFamily("sluice_tasks", "Tasks that have not ended.", labels=("state",))
        for state_name, count in state.tasks.items():
            tasks.add_metric([state_name], count)
        if state.tasks:
            yield tasks
        used = GaugeMetricFamily(
            "sluice_admission_used_ratio", "Share used of a limit for all; at 1 batches get 503.", labels=("limit",)
        )
        for name, ratio in state.used.items():
            used.add_metric([name], ratio)
        yield used
        paused = GaugeMetricFamily("sluice_lane_paused", "1 where an operator has paused the lane.", labels=("lane",))
        for lane, still in state.paused.items():
            paused.add_metric([lane], still)
        yield paused
        pool = GaugeMetricFamily("sluice_pool_connections", "Connections to PostgreSQL.", labels=("state",))
        for name, value in state.pool.items():
            pool.add_metric([name], value)
        yield pool


def ingest_registry() -> CollectorRegistry:
    """The registry to expose: of all worker processes where they share a directory, else of this one."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder is None:
        return REGISTRY
    registry = CollectorRegistry()
    registry.register(SharedCollector(Path(folder)))
    return registry
