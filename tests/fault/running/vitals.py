"""How a stack feels over time: what its processes, PostgreSQL and Redis hold, and whether it grows."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis

from tests.fault.running.rig import Rig
from tests.fault.running.runner import children

MIB = 1024 * 1024
WARM_UP = 0.3
"""The part of the time in which caches, pools and threads of a process fill, from its own beginning."""
ENDED_TTL_S = 10
"""For how long Redis knows a job that has ended, on a rig whose keys are counted."""
COVERS = 0.5
"""A series that spans less of the rest says nothing: its process has been restarted late."""


@dataclass(frozen=True)
class Bound:
    """How much a measure may grow from the warm-up to the end, by a line through its samples."""

    absolute: float
    per_job: float = 0.0
    share: float = 0.0
    """Of its mean."""


BOUNDS = {
    "rss MiB": Bound(24),
    # A worker that the scanners come to later than to the other one opens as many connections as they need at once.
    "fds": Bound(24),
    "threads": Bound(10),
    "keys": Bound(300, share=0.25),
    # Kept on purpose: a tenant's list of its jobs for 8 days, an Idempotency-Key for 48 hours.
    "keys of idempotency": Bound(20, per_job=1.0),
    "memory MiB": Bound(6, per_job=1.0 / 1024),
}


MOST_CONNECTIONS = 75
"""What the pools of two writers, two ingest workers and a processor may open (50), and half as many again: PostgreSQL
learns late of a lost client."""


class Vitals:
    """Samples of one rig. A process that is restarted begins a new series."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._series: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)

    def sample(self, at: float) -> None:
        """Measure everything that can be measured now, `at` seconds from the start."""
        for name, pid in self._processes():
            with suppress(OSError, KeyError):  # it has ended meanwhile; one that nobody has waited for has no memory
                for measure, value in _process(pid):
                    self._series[f"{name} {pid}", measure].append((at, value))
        with suppress(psycopg.Error):
            self._series["postgres", "connections"].append((at, self._connections()))
        with suppress(redis.RedisError):
            for measure, value in self._redis():
                self._series["valkey", measure].append((at, value))

    def growth(self, seconds: float, jobs: int) -> Iterator[tuple[str, float, float]]:
        """For each series that lasts: its name, how much it has grown since the warm-up, and how much it may."""
        for (name, measure), samples in sorted(self._series.items()):
            later = [sample for sample in samples if sample[0] - samples[0][0] >= seconds * WARM_UP]
            if measure == "connections":
                yield "postgres connections, most", max(value for _, value in samples), MOST_CONNECTIONS
            elif len(later) > 4 and later[-1][0] - later[0][0] >= seconds * (1 - WARM_UP) * COVERS:
                bound, mean = BOUNDS[measure], sum(value for _, value in later) / len(later)
                allowed = bound.absolute + bound.per_job * jobs + bound.share * mean
                yield f"{name} {measure}", slope(later) * (later[-1][0] - later[0][0]), allowed

    def _processes(self) -> Iterator[tuple[str, int]]:
        runner = self._rig.runner
        for name in runner.names():
            if pid := runner.pid(name):
                yield name, pid
                if name == "ingest":
                    yield from (("ingest-worker", child) for child in children(pid))

    def _connections(self) -> float:
        with psycopg.connect(self._rig.place.database_url, connect_timeout=2) as connection:
            query = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'sluice-%'"
            return float((connection.execute(query).fetchone() or (0,))[0])

    def _redis(self) -> Iterator[tuple[str, float]]:
        with closing(self._rig.place.redis()) as client:
            names = list(client.scan_iter(match="*", count=2_000))
            idempotency = sum(b":idempotency:" in name for name in names)
            pipe = client.pipeline(transaction=False)
            for name in names:
                pipe.ttl(name)
            # What ended jobs leave follows how many have just ended: where a store was away, few.
            going = sum(0 <= seconds <= ENDED_TTL_S for seconds in pipe.execute())
            yield "keys", float(len(names) - idempotency - going)
            yield "keys of idempotency", float(idempotency)
            yield "memory MiB", client.info("memory")["used_memory"] / MIB


def _process(pid: int) -> Iterator[tuple[str, float]]:
    status = Path(f"/proc/{pid}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines())
    yield "rss MiB", int(fields["VmRSS"].split()[0]) / 1024
    yield "threads", float(fields["Threads"])
    yield "fds", float(len(list(Path(f"/proc/{pid}/fd").iterdir())))


def slope(samples: list[tuple[float, float]]) -> float:
    """The slope of the least-squares line, units a second."""
    mean_x = sum(x for x, _ in samples) / len(samples)
    mean_y = sum(y for _, y in samples) / len(samples)
    spread = sum((x - mean_x) ** 2 for x, _ in samples)
    return sum((x - mean_x) * (y - mean_y) for x, y in samples) / spread
