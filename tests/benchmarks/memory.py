"""Memory: of ingest and writers by the size of a batch, and of Redis by the records that wait in it."""

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from os import kill

import redis

from tests.benchmarks.load import Deadline, Post, await_jobs, drive, pause
from tests.benchmarks.processes import MIB, descendants, peak_mib, reset_peak
from tests.benchmarks.results import Section, Table
from tests.benchmarks.session import Session
from tests.benchmarks.sluice_side import TURN_SECONDS, batch_path, check_written, posts_of, seed, warm_up
from tests.benchmarks.stack import MIGRATED, Servers, Sluice, running_sluice
from tests.benchmarks.workloads import REASONS, Workload, encode, generated, register, tenant_named

BODY_MIB = (1, 4, 16, 63.5)
"""The last one is just below what ingest takes (64 MiB)."""
RECORDS = 10_000
FIELDS = ("purpose_vi", "purpose_en")
MOST_FIELD = 3_900
CLIENTS = (1, 4)


def memory(session: Session) -> Section:
    """Measure on one running Sluice."""
    with session.servers.database(MIGRATED) as url, running_sluice(session.servers, url) as sluice:
        warm_up(sluice)
        # The largest comes last: an allocator does not always give back what it once had.
        rows = [_batches(session, sluice, size, clients) for size in BODY_MIB for clients in CLIENTS]
    with session.servers.database(MIGRATED) as url, running_sluice(session.servers, url) as sluice:
        warm_up(sluice)
        pending = [_pending(session, sluice, workload) for workload in _waiting_workloads(session)]
    head = ("body", "requests at once", "ingest process, peak MiB", "writer, peak MiB")
    text = (
        "Peak resident memory of the process that took most (VmHWM, reset before each row). A batch of 10,000 records is "
        "sent twice by each client. Bodies up to 64 MiB are taken; a process decodes one at a time, the others wait as "
        "bytes, so that ingest is bounded by (bodies that arrive at once) × (size of a body), plus one decoded batch. A "
        "writer holds at most three chunks of 1,000 records, decoded and encoded for COPY."
    )
    note = "Writers are stopped (SIGSTOP); `used_memory` of Valkey before and after the batches are accepted."
    waiting = Table(
        "Redis: bytes a pending record", ("records", "waiting", "payload", "all of Redis", "JSON sent"), pending, note
    )
    return Section("Memory", text, [Table("Processes", head, rows), waiting])


def _waiting_workloads(session: Session) -> list[tuple[str, Workload]]:
    records = session.sizes.scaled(100_000, least=session.sizes.batch)
    return [
        ("A: generated activities", generated(records, session.sizes.batch, seed=8)),
        ("B: the register, a third rejected", register(records)),
    ]


def large_body(mib: float) -> bytes:
    """A body of about so many MiB with `RECORDS` records; their texts repeat no more than real ones do."""
    dice = random.Random(9)
    words = " ".join(dice.sample(" ".join(REASONS).split() * 4_000, 120_000))
    share = round(mib * MIB / RECORDS) - 160
    lengths = [min(MOST_FIELD, share), max(0, min(MOST_FIELD, share - MOST_FIELD))]

    def text(size: int) -> str:
        # A Vietnamese character is 1.3 bytes here, so that a share in bytes is a smaller one in characters.
        start = dice.randrange(len(words) - MOST_FIELD)
        return words[start : start + MOST_FIELD].encode()[:size].decode(errors="ignore").strip() or "x"

    return encode([
        {"activity_name_vi": f"Quản lý hồ sơ số {number}", "legal_basis": "contract",
         **{field: text(length) for field, length in zip(FIELDS, lengths, strict=True)}}
        for number in range(RECORDS)
    ])  # fmt: skip


def _batches(session: Session, sluice: Sluice, mib: float, clients: int) -> tuple[str, ...]:
    body, tenant = large_body(mib), tenant_named("memory")
    path = batch_path(tenant, "processing-activities/async")
    posts = [Post(path, body, sluice.token(tenant)) for _ in range(2 * clients)]
    ingest = [pid for master in sluice.pids("ingest") for pid in descendants(master)[1:]]
    writers = sluice.pids("writer")
    for pid in (*ingest, *writers):
        reset_peak(pid)
    deadline = Deadline(TURN_SECONDS)
    check_written(await_jobs(sluice.url, drive(sluice.url, posts, clients=clients, deadline=deadline), deadline),
                  len(posts) * RECORDS)  # fmt: skip
    peaks = [max(map(peak_mib, pids)) for pids in (ingest, writers)]
    session.say(f"  {len(body) / MIB:.1f} MiB, {clients} at once: ingest {peaks[0]:.0f} MiB, writer {peaks[1]:.0f} MiB")
    return (f"{len(body) / MIB:.1f} MiB", str(clients), *(f"{peak:.0f}" for peak in peaks))


def _pending(session: Session, sluice: Sluice, named: tuple[str, Workload]) -> tuple[str, ...]:
    name, workload = named
    first, deadline = workload.passes[0], Deadline(TURN_SECONDS)
    seed(sluice, workload, workload.tenants)
    posts = posts_of(sluice, first)
    with stopped_writers(sluice):
        before = _used(session.servers)
        answers = drive(sluice.url, posts, clients=2, deadline=deadline)
        pause(1)  # for what the server gives back of its clients' buffers
        used, payload = (after - start for after, start in zip(_used(session.servers), before, strict=True))
    check_written(await_jobs(sluice.url, answers, deadline), first.accepted)
    sent = sum(len(batch.body) for batch in first.batches)
    session.say(f"  {name}: {used / first.records:.0f} bytes of Redis a record")
    each = (payload / first.records, used / first.records, sent / first.records)
    return (name, f"{first.records:,}", *(f"{value:.0f}" for value in each))


def _used(servers: Servers) -> tuple[int, int]:
    """All memory of the server, and the payloads among it, bytes."""
    with redis.Redis.from_url(servers.valkey.url) as client:
        info = client.info("memory")
        return int(info["used_memory"]), int(client.hget("{sluice}:backlog", "total") or 0)


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
