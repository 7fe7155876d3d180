"""How many chunks a second the way to the writers carries when writing one costs nothing."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from deploy.local.services import ROOT
from deploy.local.supervision.process import Process, Program
from tests.benchmarks.results import Section, Table
from tests.benchmarks.running.load import Deadline, drive
from tests.benchmarks.running.processes import process_cpu_s
from tests.benchmarks.running.servers import MIGRATED, Servers, running
from tests.benchmarks.running.stack import Sluice, running_sluice
from tests.benchmarks.session import Session
from tests.benchmarks.sides.sluice_side import CLIENTS, TURN_SECONDS, posts_of
from tests.benchmarks.sizes import CHUNK
from tests.benchmarks.workloads import generated

SMALL_CHUNK = 10
FULL_JOBS, SMALL_JOBS = 40, 6


def transport(session: Session) -> Section:
    """Measure the whole way at the usual chunk size, then each half of it with nothing else on the machine."""
    batch = session.sizes.batch
    full, small = session.sizes.scaled(FULL_JOBS, least=2), session.sizes.scaled(SMALL_JOBS, least=1)
    valkey = session.servers.valkey
    with _noop_stack(session, CHUNK) as (sluice, writers):
        _run(sluice, batch, 2)
        before = process_cpu_s(valkey.pid)
        whole = full * batch / CHUNK / _run(sluice, batch, full)
        valkey_us = (process_cpu_s(valkey.pid) - before) * 1e6 / (full * batch / CHUNK)
        accepting, _ = _filled_and_drained(sluice, writers, batch, full)
    with _noop_stack(session, SMALL_CHUNK) as (sluice, writers):
        _run(sluice, batch, 1)
        _, drained = _filled_and_drained(sluice, writers, batch, small)
    accepted, carried = full * batch / CHUNK / accepting, small * batch / SMALL_CHUNK / drained
    rows = [
        (f"ingest, Redis and Dramatiq together, chunks of {CHUNK:,}", f"{whole:,.0f}", f"{whole * CHUNK:,.0f}"),
        (f"ingest alone (writers stopped), chunks of {CHUNK:,}", f"{accepted:,.0f}", f"{accepted * CHUNK:,.0f}"),
        ("Redis and Dramatiq alone (all accepted before), chunks of 10", f"{carried:,.0f}", f"{carried * CHUNK:,.0f}"),
    ]
    for row in rows:
        session.say(f"  {row[0]}: {row[1]} chunks/s")
    text = (
        "Two writers whose write is replaced by nothing; all else is real: fsynced jobs, leases, settlements, "
        f"counters. The last column is what that would be in records a second with {CHUNK:,} records a chunk.\n\n"
        f"In the first row Valkey spends {valkey_us:,.0f} µs of CPU on a chunk, from opening to settlement: one core "
        f"of it carries {1e6 / valkey_us:,.0f} chunks, {1e6 / valkey_us * CHUNK:,.0f} records a second. What bounds "
        "the third row is its two writers: Python that takes a message, a lease and a payload, and settles."
    )
    return Section("Transport head-room", text, [Table("", ("what", "chunks/s", "as records/s"), rows)])


def _run(sluice: Sluice, batch: int, jobs: int) -> float:
    """Seconds that so many batches take from the first byte to the last settlement."""
    deadline = Deadline(TURN_SECONDS)
    posts = posts_of(sluice, generated(batch, batch, seed=11).passes[0]) * jobs
    started = time.perf_counter()
    drive(sluice.url, posts, clients=CLIENTS, deadline=deadline)
    sluice.await_ended(deadline)
    return time.perf_counter() - started


def _filled_and_drained(sluice: Sluice, writers: list[Process], batch: int, jobs: int) -> tuple[float, float]:
    """Seconds to accept so many batches while nobody takes them, then seconds to settle them while none comes."""
    deadline = Deadline(TURN_SECONDS)
    posts = posts_of(sluice, generated(batch, batch, seed=11).passes[0]) * jobs
    for writer in writers:
        writer.send(signal.SIGSTOP)
    started = time.perf_counter()
    drive(sluice.url, posts, clients=CLIENTS, deadline=deadline)
    accepted = time.perf_counter()
    for writer in writers:
        writer.send(signal.SIGCONT)
    sluice.await_ended(deadline)
    return accepted - started, time.perf_counter() - accepted


@contextmanager
def _noop_stack(session: Session, chunk_records: int) -> Iterator[tuple[Sluice, list[Process]]]:
    settings = {"SLUICE_CHUNK_RECORDS": str(chunk_records)}
    servers = session.servers
    with (
        servers.database(MIGRATED) as url,
        running_sluice(servers, url, writers=0, settings=settings) as sluice,
        ExitStack() as stack,
    ):
        yield sluice, [stack.enter_context(running(_noop_program(servers, url, number))) for number in (1, 2)]


def _noop_program(servers: Servers, database_url: str, number: int) -> Program:
    name = f"noop-writer-{number}"
    surroundings = {
        "SLUICE_DATABASE_URL": database_url, "SLUICE_REDIS_URL": servers.valkey.url, "SLUICE_WRITER_NAME": name,
    }  # fmt: skip
    return Program(
        name=name,
        command=(sys.executable, "-m", "tests.benchmarks.sides.noop_writer"),
        lock=servers.root / "run" / name,
        log=servers.root / f"{name}.log",
        ready=lambda: True,  # the first batches, which are not measured, wait for it
        environ=os.environ | surroundings,
        directory=ROOT,
        stop=((signal.SIGTERM, 20.0),),
    )
