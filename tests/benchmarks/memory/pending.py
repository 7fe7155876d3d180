"""What Redis holds of a record that waits."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from os import kill

import redis

from tests.benchmarks.batches import Workload
from tests.benchmarks.results import Goal, Table
from tests.benchmarks.running.load import Deadline, drive, pause
from tests.benchmarks.running.servers import MIGRATED, Servers
from tests.benchmarks.running.stack import Sluice, running_sluice
from tests.benchmarks.session import Session
from tests.benchmarks.sides.sluice_side import TURN_SECONDS, check_written, posts_of, seed, warm_up
from tests.benchmarks.workloads import generated, register

RECORDS = 100_000
PURGE_SECONDS = 1.0
HEAD = ("records", "waiting", "payload", "all of Redis", "JSON sent")
NOTE = (
    "Writers are stopped (SIGSTOP); `used_memory` of Valkey, less the buffers of its connections and of its log, "
    "before and after the batches are accepted."
)


def pending(session: Session) -> tuple[Table, list[Goal]]:
    """Bytes a record, of both workloads."""
    records = session.sizes.scaled(RECORDS, least=session.sizes.batch)
    workloads = {
        "A: generated activities": generated(records, session.sizes.batch, seed=8),
        "B: the register, a third rejected": register(records),
    }
    with session.servers.database(MIGRATED) as url, running_sluice(session.servers, url) as sluice:
        warm_up(sluice)
        rows = [(name, *_pending(session, sluice, workload)) for name, workload in workloads.items()]
    return Table("Redis: bytes a pending record", HEAD, rows, NOTE), []


def _pending(session: Session, sluice: Sluice, workload: Workload) -> tuple[str, ...]:
    first, deadline = workload.passes[0], Deadline(TURN_SECONDS)
    seed(sluice, workload, workload.tenants)
    posts = posts_of(sluice, first)
    with stopped_writers(sluice):
        before = _used(session.servers)
        answers = drive(sluice.url, posts, clients=2, deadline=deadline)
        used, payload = (after - start for after, start in zip(_used(session.servers), before, strict=True))
    sluice.await_ended(deadline)
    check_written(sluice, answers, first.accepted)
    sent = sum(len(batch.body) for batch in first.batches)
    session.say(f"  {workload.name}: {used / first.records:.0f} bytes of Redis a record")
    each = (payload / first.records, used / first.records, sent / first.records)
    return (f"{first.records:,}", *(f"{value:.0f}" for value in each))


def _used(servers: Servers) -> tuple[int, int]:
    """What the server keeps, and the payloads among it, bytes."""
    with redis.Redis.from_url(servers.valkey.url) as client:
        pause(PURGE_SECONDS)
        info = client.info("memory")
        buffers = info["mem_clients_normal"] + info["mem_aof_buffer"]
        return int(info["used_memory"] - buffers), int(client.hget("{sluice}:backlog", "total") or 0)


@contextmanager
def stopped_writers(sluice: Sluice) -> Iterator[None]:
    """Nothing is written meanwhile."""
    pids = sluice.pids("writer")
    for pid in pids:
        kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            kill(pid, signal.SIGCONT)
