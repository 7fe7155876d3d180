"""Memory: of ingest and writers by the size of a batch, and of Redis by the records that wait in it."""

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from os import kill

import redis

from tests.benchmarks.batches import Workload, encode, tenant_named
from tests.benchmarks.results import Section, Table, at_most
from tests.benchmarks.running.load import Deadline, Post, await_jobs, drive, pause
from tests.benchmarks.running.processes import MIB, descendants, peak_mib, reset_peak
from tests.benchmarks.running.servers import MIGRATED, Servers
from tests.benchmarks.running.stack import Sluice, running_sluice
from tests.benchmarks.session import Session
from tests.benchmarks.sides.sluice_side import TURN_SECONDS, batch_path, check_written, posts_of, seed, warm_up
from tests.benchmarks.workloads import REASONS, generated, register

BODY_MIB = (1, 4, 16, 63.5)
"""The last one is just below what ingest takes (64 MiB)."""
RECORDS = 10_000
SMALLEST_RECORD = 700
RECORD_FRAME = 130
"""Bytes of a record beside its long texts."""
FIELDS = ("purpose_vi", "purpose_en")
MOST_FIELD = 3_900
CLIENTS = (1, 4)
PURGE_SECONDS = 1.0

TEXT = """\
Peak resident memory of the process that took most (VmHWM, reset before each row; what an allocator keeps from the row \
before counts). Each client sends the batch twice.

The bound of an ingest process: one batch at a time is decoded and packed, while the others wait as they came, or \
packed where they are large and many; so it is what one batch takes, plus the bodies under way, which hold \
`SLUICE_BODY_MEMORY_BYTES` (256 MiB) at most; whoever comes then is told to come back. The bound of a writer: \
`SLUICE_WRITER_THREADS` (3) chunks of `SLUICE_CHUNK_RECORDS` (2,000), each packed, unpacked and joined for COPY."""


def memory(session: Session) -> Section:
    """Measure on one running Sluice."""
    with session.servers.database(MIGRATED) as url, running_sluice(session.servers, url) as sluice:
        warm_up(sluice)
        # The largest comes last: an allocator does not always give back what it once had.
        rows = [_batches(session, sluice, size, clients) for size in BODY_MIB for clients in CLIENTS]
    with session.servers.database(MIGRATED) as url, running_sluice(session.servers, url) as sluice:
        warm_up(sluice)
        pending = [_pending(session, sluice, workload) for workload in _waiting_workloads(session)]
    head = ("body", "records", "requests at once", "ingest process, peak MiB", "writer, peak MiB")
    note = (
        "Writers are stopped (SIGSTOP); `used_memory` of Valkey, less the buffers of its connections and of its log, "
        "before and after the batches are accepted."
    )
    waiting = Table(
        "Redis: bytes a pending record", ("records", "waiting", "payload", "all of Redis", "JSON sent"), pending, note
    )
    what = f"{CLIENTS[-1]} bodies of {BODY_MIB[-1]} MiB at once: ingest process"
    goals = [at_most(what, 512, float(rows[-1][3].replace(",", "")), "MiB")]
    return Section("Memory", TEXT, [Table("Processes", head, rows), waiting], goals)


def _waiting_workloads(session: Session) -> list[tuple[str, Workload]]:
    records = session.sizes.scaled(100_000, least=session.sizes.batch)
    return [
        ("A: generated activities", generated(records, session.sizes.batch, seed=8)),
        ("B: the register, a third rejected", register(records)),
    ]


def large_body(mib: float) -> bytes:
    """A body of about so many MiB, `RECORDS` records at most; a chunk of it compresses no better than real texts."""
    dice = random.Random(9)
    words = " ".join(dice.choices(" ".join(REASONS).split(), k=100_000)).encode()
    size = round(mib * MIB)
    records = min(RECORDS, size // SMALLEST_RECORD)
    length = min(MOST_FIELD, (size // records - RECORD_FRAME) // len(FIELDS))

    def text() -> str:
        start = dice.randrange(len(words) - length)
        return words[start : start + length].decode(errors="ignore").strip()

    return encode([
        {"activity_name_vi": f"Quản lý hồ sơ số {number}", "legal_basis": "contract", **{f: text() for f in FIELDS}}
        for number in range(records)
    ])  # fmt: skip


def _batches(session: Session, sluice: Sluice, mib: float, clients: int) -> tuple[str, ...]:
    body, tenant = large_body(mib), tenant_named("memory")
    records = body.count(b'"legal_basis"')
    path = batch_path(tenant, "processing-activities/async")
    posts = [Post(path, body, sluice.token(tenant)) for _ in range(2 * clients)]
    ingest = [pid for master in sluice.pids("ingest") for pid in descendants(master)[1:]]
    writers = sluice.pids("writer")
    for pid in (*ingest, *writers):
        reset_peak(pid)
    deadline = Deadline(TURN_SECONDS)
    check_written(await_jobs(sluice.url, drive(sluice.url, posts, clients=clients, deadline=deadline), deadline),
                  len(posts) * records)  # fmt: skip
    peaks = [max(map(peak_mib, pids)) for pids in (ingest, writers)]
    session.say(f"  {len(body) / MIB:.1f} MiB, {clients} at once: ingest {peaks[0]:.0f} MiB, writer {peaks[1]:.0f} MiB")
    return (f"{len(body) / MIB:.1f} MiB", f"{records:,}", str(clients), *(f"{peak:.0f}" for peak in peaks))


def _pending(session: Session, sluice: Sluice, named: tuple[str, Workload]) -> tuple[str, ...]:
    name, workload = named
    first, deadline = workload.passes[0], Deadline(TURN_SECONDS)
    seed(sluice, workload, workload.tenants)
    posts = posts_of(sluice, first)
    with stopped_writers(sluice):
        before = _used(session.servers)
        answers = drive(sluice.url, posts, clients=2, deadline=deadline)
        used, payload = (after - start for after, start in zip(_used(session.servers), before, strict=True))
    check_written(await_jobs(sluice.url, answers, deadline), first.accepted)
    sent = sum(len(batch.body) for batch in first.batches)
    session.say(f"  {name}: {used / first.records:.0f} bytes of Redis a record")
    each = (payload / first.records, used / first.records, sent / first.records)
    return (name, f"{first.records:,}", *(f"{value:.0f}" for value in each))


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
