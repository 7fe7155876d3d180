"""How fast a backlog is written by more and more sessions of writers."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator

from tests.benchmarks.batches import Workload
from tests.benchmarks.results import Goal, Series, Table
from tests.benchmarks.running.load import Deadline, drive
from tests.benchmarks.running.processes import tree_cpu_s
from tests.benchmarks.running.servers import MIGRATED
from tests.benchmarks.running.stack import Sluice, running_sluice
from tests.benchmarks.session import Session
from tests.benchmarks.sides.sluice_side import CLIENTS, TURN_SECONDS, check_written, supply, warm_up
from tests.benchmarks.workloads import generated

SHAPES = ((1, 1), (1, 2), (2, 1), (1, 4), (2, 2), (4, 1))
"""Writers, and sessions of each."""
RECORDS = 100_000


def sessions(session: Session) -> tuple[Table, list[Goal]]:
    """Each shape writes the same backlog; nothing is accepted meanwhile."""
    workload = generated(session.sizes.scaled(RECORDS, least=session.sizes.batch), session.sizes.batch, seed=22)
    first = workload.passes[0]
    rows = []
    for writers, threads in SHAPES:
        settings = {"SLUICE_WRITER_THREADS": str(threads)}
        with (
            session.servers.database(MIGRATED) as url,
            running_sluice(session.servers, url, writers=writers, settings=settings) as sluice,
        ):
            warm_up(sluice)
            turns = [_drained(session, sluice, workload) for _ in range(session.sizes.rounds)]
        rates = Series.of([first.records / seconds for seconds, _ in turns])
        server = Series.of([cpu * 1e6 / first.records for _, cpu in turns])
        what = f"{writers} × {threads} = {writers * threads}"
        session.say(f"  {what} sessions: {rates.median:,.0f}/s, {server.median:.1f} µs in PostgreSQL")
        rows.append((what, f"{rates.median:,.0f}", rates.spread(), f"{server.median:.1f}"))
    head = ("writers × sessions", "records/s, median", "lowest to highest", "PostgreSQL, µs a record")
    return Table(f"A backlog of {first.records:,} records, written by", head, rows), []


def _drained(session: Session, sluice: Sluice, workload: Workload) -> tuple[float, float]:
    """Seconds until a backlog is written, and the CPU seconds of PostgreSQL meanwhile."""
    posts = supply(sluice, workload, len(workload.passes[0].batches))
    deadline = Deadline(TURN_SECONDS)
    with _held(sluice):
        answers = drive(sluice.url, posts, clients=CLIENTS, deadline=deadline)
        before = tree_cpu_s(session.servers.postgres.pid)
    started = time.perf_counter()
    sluice.await_ended(deadline)
    seconds = time.perf_counter() - started
    check_written(sluice, answers, workload.passes[0].records)
    return seconds, tree_cpu_s(session.servers.postgres.pid) - before


@contextlib.contextmanager
def _held(sluice: Sluice) -> Iterator[None]:
    """No writer moves."""
    pids = sluice.pids("writer")
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
