"""What a small batch costs where few tenants send many, and where many send one each."""

import time

import msgspec
import psycopg

from tests.benchmarks.batches import tenant_named
from tests.benchmarks.results import Goal, Table, at_least, at_most
from tests.benchmarks.running.load import Deadline, Post, drive
from tests.benchmarks.running.servers import MIGRATED
from tests.benchmarks.running.stack import Sluice, running_sluice
from tests.benchmarks.session import Session
from tests.benchmarks.sides.sluice_side import CLIENTS, PARTS, TURN_SECONDS, CpuByPart, batch_path, warm_up

COUNTS = (10, 1_000, 10_000)
BATCHES = 10_000
TURN = 500
"""Batches of one turn: a machine whose speed changes is as fast for all of them."""
RECORDS = 10
"""A batch."""
FEW, MANY = min(COUNTS), max(COUNTS)
WRITTEN = "SELECT count(*), sum(created) FROM ingest.job WHERE status = 'completed' AND total = %s"


def tenants(session: Session) -> tuple[Table, list[Goal]]:
    """The same batches, of more and more tenants that nobody has seen before, by turns at one Sluice."""
    batches = session.sizes.scaled(BATCHES, least=100)
    seconds = dict.fromkeys(COUNTS, 0.0)
    spent = {count: dict.fromkeys(PARTS, 0.0) for count in COUNTS}
    with session.servers.database(MIGRATED) as url, running_sluice(session.servers, url) as sluice:
        warm_up(sluice)
        for first in range(0, batches, TURN):
            for count in COUNTS:
                cpu = CpuByPart(session.servers, sluice)
                seconds[count] += _sent(sluice, min(count, batches), range(first, min(first + TURN, batches)))
                for part, used in cpu.spent().items():
                    spent[count][part] += used * 1e6 / batches
        _check(url, batches * len(COUNTS))
    costs = {count: sum(spent[count][part] for part in PARTS[:-1]) for count in COUNTS}
    rows = [
        (f"{min(count, batches):,}", f"{batches / seconds[count]:,.0f}",
         *(f"{spent[count][part]:,.0f}" for part in PARTS[:-1]), f"{costs[count]:,.0f}")
        for count in COUNTS
    ]  # fmt: skip
    head = ("tenants", "jobs/s", *PARTS[:-1], "sum")
    title = f"{batches:,} batches of {RECORDS} recipients each, {TURN} by turns; CPU time in µs a job"
    return Table(title, head, rows), [
        at_least(f"jobs of {RECORDS} records, a second", 1_000, batches / seconds[FEW], ""),
        at_most(f"jobs of {RECORDS} records: CPU a job, all processes", 2_000, costs[FEW], "µs"),
        at_most(f"CPU a job: {MANY:,} tenants ÷ {FEW}", 115, 100 * costs[MANY] / costs[FEW], "%"),
    ]


def _sent(sluice: Sluice, count: int, numbers: range) -> float:
    """Seconds until the batches with these numbers are written; each is of the tenant whose turn it is."""
    names = {number: tenant_named(f"{count}-{number % count}") for number in numbers}
    tokens = {name: sluice.token(name) for name in set(names.values())}
    records = [
        {"name_vi": f"Công ty Đối tác số {number}", "recipient_type": "processor", "country_code": "VN"}
        for number in range(RECORDS)
    ]
    body = msgspec.json.encode({"recipients": records})
    posts = [Post(batch_path(name, "recipients/async"), body, tokens[name]) for name in names.values()]
    deadline = Deadline(TURN_SECONDS)
    started = time.perf_counter()
    drive(sluice.url, posts, clients=CLIENTS, deadline=deadline)
    sluice.await_ended(deadline)
    return time.perf_counter() - started


def _check(url: str, jobs: int) -> None:
    """Raises ValueError unless all of them are written whole."""
    with psycopg.connect(url) as connection:
        found = connection.execute(WRITTEN, [RECORDS]).fetchone()
    if found != (jobs, jobs * RECORDS):
        raise ValueError(f"jobs and records written: {found}; {jobs} jobs were sent")
