"""Live streams: what a thousand of them cost, and how late each client hears of a change."""

from uuid import UUID

from tests.benchmarks.batches import encode, tenant_named
from tests.benchmarks.results import Section, Series, Table, at_most
from tests.benchmarks.running.listening import Ear, Listeners
from tests.benchmarks.running.load import Client, Deadline, Post, pause
from tests.benchmarks.running.processes import PROC, descendants, process_cpu_s
from tests.benchmarks.running.servers import MIGRATED
from tests.benchmarks.running.stack import Sluice, running_sluice
from tests.benchmarks.session import Session
from tests.benchmarks.sides.sluice_side import TURN_SECONDS, batch_path, warm_up

STREAMS, TENANTS, CHANGES = 1_000, 4, 40
RECORDS = 100
BETWEEN = 0.6
"""Seconds between two batches."""
IDLE_SECONDS = 20.0
SETTLE_SECONDS = 3.0

TEXT = """\
Server-Sent Events of all jobs of a tenant, a quarter of the streams for each of four tenants, from one console (one \
process, one event loop), opened all at once. Memory: private and shared pages of the console's process (PSS) with the \
streams open, less those before, by stream. Delay: from the job store's event of a job's end, as another subscriber of \
Redis hears it, to when a client has read the message about it; a batch of a hundred records every 0.6 s, for one \
tenant after the other. The clients run on the same cores."""


def streams(session: Session) -> Section:
    """Measure on one running Sluice."""
    count = session.sizes.scaled(STREAMS, least=TENANTS)
    count -= count % TENANTS
    tenants = [tenant_named(f"streams-{number}") for number in range(TENANTS)]
    with session.servers.database(MIGRATED) as url, running_sluice(session.servers, url) as sluice:
        warm_up(sluice)
        console = _worker(sluice)
        for tenant in tenants:  # and the console has shown somebody something
            _change(sluice, tenant)
        before = _pss_kib(console)
        listeners = Listeners(
            sluice.description.console_url, [sluice.token(each) for each in tenants], count // TENANTS
        )
        with listeners.open() as opened_s:
            pause(SETTLE_SECONDS)
            a_stream = (_pss_kib(console) - before) / count
            idle = _idle_cpu(console)
            delays = _delays(session, sluice, listeners, tenants)
    p95 = delays.percentile(95)
    session.say(f"  {count} streams: {opened_s:.1f} s to open, {a_stream:.1f} KiB each, p95 {p95:.0f} ms")
    head = ("streams", "all open after", "memory a stream", "console, idle", "delay, median", "p95", "p99", "highest")
    late = (delays.median, p95, delays.percentile(99), max(delays.values))
    row = (
        f"{count:,}", f"{opened_s:.1f} s", f"{a_stream:.1f} KiB", f"{idle:.1f} % of a core",
        *(f"{value:.0f} ms" for value in late),
    )  # fmt: skip
    goals = [
        at_most(f"{count:,} streams: delay p95", 500, p95),
        at_most(f"{count:,} streams: memory a stream", 64, a_stream, "KiB"),
    ]
    return Section("Streams", TEXT, [Table("", head, [row])], goals)


def _delays(session: Session, sluice: Sluice, listeners: Listeners, tenants: list[UUID]) -> Series:
    """Milliseconds, of each job and each stream that was told of it."""
    ear = Ear(session.servers.valkey.url)
    pause(SETTLE_SECONDS)
    try:
        jobs = [_change(sluice, tenants[turn % TENANTS]) for turn in range(session.sizes.scaled(CHANGES, least=4))]
        pause(SETTLE_SECONDS)
    finally:
        ear.close()
    delays = [1000 * (heard - ear.told[job]) for job in jobs if job in ear.told for heard in listeners.heard[job]]
    wanted = len(jobs) * len(listeners.tokens) // TENANTS
    if len(delays) != wanted:
        raise RuntimeError(f"{len(delays)} of {wanted} messages have come")
    return Series.of(delays)


def _change(sluice: Sluice, tenant: UUID) -> str:
    """A job of the tenant's that is opened and ends; its id."""
    body = encode([{"activity_name_vi": f"Việc số {n}", "legal_basis": "contract"} for n in range(RECORDS)])
    with Client(sluice.url, Deadline(TURN_SECONDS)) as client:
        answer = client.post(Post(f"{batch_path(tenant, 'processing-activities')}/async", body, sluice.token(tenant)))
        pause(BETWEEN)
        return str(client.ended_job(answer.headers["Location"], sluice.token(tenant))["id"])


def _worker(sluice: Sluice) -> int:
    """The console's process that serves; its parent is gunicorn's master."""
    return descendants(sluice.pids("console")[0])[-1]


def _pss_kib(pid: int) -> int:
    rollup = (PROC / str(pid) / "smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))


def _idle_cpu(pid: int) -> float:
    """Percent of a core."""
    before = process_cpu_s(pid)
    pause(IDLE_SECONDS)
    return 100 * (process_cpu_s(pid) - before) / IDLE_SECONDS
