"""Sluice's side: `sluice up` with two writers and two ingest processes, HTTP in, rows committed, fsync on."""

import os
import time
from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

import msgspec
import psycopg

from tests.benchmarks.batches import Pass, Workload, tenant_named
from tests.benchmarks.inventory import check_stored
from tests.benchmarks.running.load import Answer, Deadline, Post, drive
from tests.benchmarks.running.processes import tree_cpu_s
from tests.benchmarks.running.servers import MIGRATED, Servers
from tests.benchmarks.running.stack import Sluice, running_sluice
from tests.benchmarks.sides.contest import Timing
from tests.benchmarks.workloads import generated

CLIENTS = 8
"""Connections of the load generator, for every side that is spoken to over HTTP."""
TURN_SECONDS = 300.0
PARTS = ("ingest", "writer", "processor", "postgres", "valkey", "load generator")
WAL = "WAL, bytes"
WRITTEN = """\
SELECT coalesce(sum(created + updated + unchanged), 0)::bigint FROM ingest.job
WHERE job_id = ANY (%s::uuid[]) AND status = 'completed'"""


class CpuByPart:
    """CPU time of Sluice's processes, its servers' and our own, while a pass ran."""

    def __init__(self, servers: Servers, sluice: Sluice) -> None:
        self._pids = {
            "ingest": sluice.pids("ingest"),
            "writer": sluice.pids("writer"),
            "processor": sluice.pids("processor"),
            "postgres": [servers.postgres.pid],
            "valkey": [servers.valkey.pid],
        }
        self._before = self._read()

    def _read(self) -> dict[str, float]:
        used = {part: sum(map(tree_cpu_s, pids)) for part, pids in self._pids.items()}
        return {**used, "load generator": sum(os.times()[:2])}

    def spent(self) -> dict[str, float]:
        """Seconds by part since the start."""
        now = self._read()
        return {part: now[part] - self._before[part] for part in PARTS}


def sluice_side(servers: Servers, cpu: dict[str, list[dict[str, float]]]) -> Callable[[Workload], dict[str, Timing]]:
    """The side; into `cpu` goes, by pass, what each part spent a record (µs), and the WAL."""

    def run(workload: Workload) -> dict[str, Timing]:
        timings: dict[str, Timing] = {}
        with servers.database(MIGRATED) as url, running_sluice(servers, url) as sluice:
            warm_up(sluice)
            seed(sluice, workload, workload.tenants)
            for each in workload.passes:
                parts, written = CpuByPart(servers, sluice), servers.wal_bytes()
                timings[each.name] = timed(sluice, each)
                spent = {part: seconds * 1e6 / each.records for part, seconds in parts.spent().items()}
                spent[WAL] = (servers.wal_bytes() - written) / each.records
                cpu.setdefault(each.name, []).append(spent)
                if each.mode == "insert":
                    check_stored(url, workload)
        return timings

    return run


def timed(sluice: Sluice, each: Pass) -> Timing:
    """Send a pass and wait until its jobs have ended. Raises ValueError where records are missing."""
    deadline = Deadline(TURN_SECONDS)
    posts = posts_of(sluice, each)
    started = time.perf_counter()
    answers = drive(sluice.url, posts, clients=CLIENTS, deadline=deadline)
    sluice.await_ended(deadline)
    seconds = time.perf_counter() - started
    check_written(sluice, answers, each.accepted)
    return Timing(each.records, seconds)


def posts_of(sluice: Sluice, each: Pass, *, route: str = "async") -> list[Post]:
    """The requests of a pass; another route than `async` waits for the write."""
    tokens = {tenant: sluice.token(tenant) for tenant in {batch.tenant for batch in each.batches}}
    entity = f"processing-activities/{route}".rstrip("/")
    return [
        Post(f"{batch_path(batch.tenant, entity)}?mode={each.mode}", batch.body, tokens[batch.tenant])
        for batch in each.batches
    ]


def batch_path(tenant: UUID, entity: str) -> str:
    """Where batches go."""
    return f"/api/v1/tenants/{tenant}/batch/{entity}"


def check_written(sluice: Sluice, answers: Sequence[Answer], records: int) -> None:
    """Raises ValueError unless these jobs have so many records in the database, by their own counters."""
    with psycopg.connect(sluice.database_url) as connection:
        ids = [answer.json["job_id"] for answer in answers]
        (written,) = connection.execute(WRITTEN, [ids]).fetchone() or (0,)
    if written != records:
        raise ValueError(f"{written} records are written, {records} were sent")


def seed(sluice: Sluice, workload: Workload, tenants: Sequence[UUID]) -> None:
    """Give tenants the categories and recipients that the workload's records refer to."""
    bodies = {
        "data-categories": msgspec.json.encode({"categories": workload.categories}),
        "recipients": msgspec.json.encode({"recipients": workload.recipients}),
    }
    posts = [
        Post(batch_path(tenant, entity), body, sluice.token(tenant))
        for tenant in tenants
        for entity, body in bodies.items()
    ]
    answers = drive(sluice.url, posts, clients=CLIENTS, deadline=Deadline(TURN_SECONDS))
    _require(answers, 201)


def supply(sluice: Sluice, workload: Workload, count: int, *, route: str = "async") -> list[Post]:
    """So many requests of the workload's first pass, for as many new tenants as that takes."""
    posts: list[Post] = []
    while len(posts) < count:
        fresh = workload.under(uuid4())
        seed(sluice, fresh, fresh.tenants)
        posts += posts_of(sluice, fresh.passes[0], route=route)
    return posts[:count]


def warm_up(sluice: Sluice, records: int = 2_000) -> None:
    """Let every process do once what will be measured, for a tenant that is not."""
    workload = generated(records, 500, seed=2).under(tenant_named("warm-up"))
    seed(sluice, workload, workload.tenants)
    timed(sluice, workload.passes[0])


def _require(answers: Sequence[Answer], status: int) -> None:
    for answer in answers:
        if answer.status != status:
            raise ValueError(f"status {answer.status}: {answer.body[:300]!r}")
