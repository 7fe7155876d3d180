"""Jobs of a few records, over one connection and over many: what is carried, what it costs, how long one waits."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import psycopg

from tests.benchmarks.batches import tenant_named
from tests.benchmarks.results import Goal, Series, Table, at_least, at_most
from tests.benchmarks.running.load import Answer, Deadline, Post, drive
from tests.benchmarks.running.servers import MIGRATED
from tests.benchmarks.running.stack import Sluice, running_sluice
from tests.benchmarks.session import Session
from tests.benchmarks.sides.sluice_side import PARTS, TURN_SECONDS, CpuByPart, batch_path, warm_up

RECORDS = 10
"""A batch."""
MANY = 64
"""Connections that keep two cores busy: with fewer, all of them wait for the disk or for one another now and then."""
CASES = ((1, RECORDS), (8, RECORDS), (32, RECORDS), (MANY, RECORDS), (MANY, 1))
"""Connections, and records of a batch."""
TENANTS = 10
BATCHES = 6_000
TURN = 2_000
"""Batches of one turn: a machine whose speed changes is as fast for all cases, and a turn's end is little of it."""
WRITTEN = "SELECT count(*), sum(created) FROM ingest.job WHERE status = 'completed' AND total = %s"


@dataclass
class _Case:
    """What one of them has taken so far."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    spent: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))


def small_jobs(session: Session) -> tuple[Table, list[Goal]]:
    """The same batches over more and more connections, by turns at one Sluice."""
    batches = session.sizes.scaled(BATCHES, least=100)
    measured = {case: _Case() for case in CASES}
    with session.servers.database(MIGRATED) as url, running_sluice(session.servers, url) as sluice:
        warm_up(sluice)
        for first in range(0, batches, TURN):
            for (connections, records), case in measured.items():
                numbers = range(first, min(first + TURN, batches))
                posts = posts_of(sluice, [f"{connections}-{number % TENANTS}" for number in numbers], records)
                cpu = CpuByPart(session.servers, sluice)
                seconds, answers = sent(sluice, posts, connections)
                case.seconds += seconds
                case.waits += [answer.seconds * 1000 for answer in answers]
                for part, used in cpu.spent().items():
                    case.spent[part] += used * 1e6 / batches
        for records in {records for _, records in CASES}:
            check(url, batches * sum(each == records for _, each in CASES), records)
    rates = {case: batches / got.seconds for case, got in measured.items()}
    costs = {case: sum(got.spent[part] for part in PARTS[:-1]) for case, got in measured.items()}
    rows = [
        (str(case[0]), str(case[1]), f"{rates[case]:,.0f}",
         *(f"{Series.of(got.waits).percentile(percent):.0f}" for percent in (50, 95)),
         *(f"{got.spent[part]:,.0f}" for part in PARTS), f"{costs[case]:,.0f}")
        for case, got in measured.items()
    ]  # fmt: skip
    head = ("connections", "records", "jobs/s", "202 after, ms, median", "p95", *PARTS, "sum without it")
    title = f"{batches:,} batches of a few recipients, {TENANTS} tenants, {TURN:,} by turns; CPU time in µs a job"
    busy, what = (MANY, RECORDS), f"jobs of {RECORDS} records, {MANY} connections"
    return Table(title, head, rows), [
        at_least(f"{what}: a second", 1_000, rates[busy], ""),
        at_most(f"{what}: CPU a job, all processes", 2_000, costs[busy], "µs"),
    ]


def posts_of(sluice: Sluice, tenants: Sequence[str], records: int) -> list[Post]:
    """One batch for each of these names of tenants, in their order."""
    ids = {name: tenant_named(name) for name in tenants}
    tokens = {name: sluice.token(tenant) for name, tenant in ids.items()}
    body = msgspec.json.encode({
        "recipients": [
            {"name_vi": f"Công ty Đối tác số {number}", "recipient_type": "processor", "country_code": "VN"}
            for number in range(records)
        ]
    })  # fmt: skip
    return [Post(batch_path(ids[name], "recipients/async"), body, tokens[name]) for name in tenants]


def sent(sluice: Sluice, posts: Sequence[Post], connections: int) -> tuple[float, list[Answer]]:
    """Seconds until these batches are written, and their answers."""
    deadline = Deadline(TURN_SECONDS)
    started = time.perf_counter()
    answers = drive(sluice.url, posts, clients=connections, deadline=deadline)
    sluice.await_ended(deadline)
    return time.perf_counter() - started, answers


def check(url: str, jobs: int, records: int) -> None:
    """Raises ValueError unless so many jobs of so many records are written whole."""
    with psycopg.connect(url) as connection:
        found = connection.execute(WRITTEN, [records]).fetchone()
    if found != (jobs, jobs * records):
        raise ValueError(f"jobs and records written: {found}; {jobs} jobs were sent")
