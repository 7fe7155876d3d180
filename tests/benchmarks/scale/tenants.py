"""What a small batch costs where few tenants send many, and where many send one each."""

import time

import msgspec

from tests.benchmarks.batches import tenant_named
from tests.benchmarks.results import Goal, Table, at_most
from tests.benchmarks.running.load import Deadline, Post, await_jobs, drive
from tests.benchmarks.running.servers import MIGRATED
from tests.benchmarks.running.stack import Sluice, running_sluice
from tests.benchmarks.session import Session
from tests.benchmarks.sides.sluice_side import (
    CLIENTS,
    PARTS,
    TURN_SECONDS,
    CpuByPart,
    batch_path,
    check_written,
    warm_up,
)

COUNTS = (10, 100, 1_000, 10_000)
BATCHES = 10_000
RECORDS = 10
"""A batch."""
FEW, MANY = min(COUNTS), max(COUNTS)


def tenants(session: Session) -> tuple[Table, list[Goal]]:
    """The same batches, of more and more tenants that nobody has seen before."""
    batches = session.sizes.scaled(BATCHES, least=100)
    rows, costs = [], {}
    for count in COUNTS:
        with session.servers.database(MIGRATED) as url, running_sluice(session.servers, url) as sluice:
            warm_up(sluice)
            cpu = CpuByPart(session.servers, sluice)
            seconds = _sent(sluice, min(count, batches), batches)
            spent = {part: used * 1e6 / batches for part, used in cpu.spent().items()}
        costs[count] = sum(spent[part] for part in PARTS[:-1])
        session.say(f"  {count:,} tenants: {batches / seconds:,.0f} jobs/s, {costs[count]:,.0f} µs a job")
        rows.append(
            (f"{min(count, batches):,}", f"{batches / seconds:,.0f}", *(f"{spent[part]:,.0f}" for part in PARTS[:-1]),
             f"{costs[count]:,.0f}")
        )  # fmt: skip
    title = f"{batches:,} batches of {RECORDS} recipients; CPU time in µs a job"
    table = Table(title, ("tenants", "jobs/s", *PARTS[:-1], "sum"), rows)
    return table, [at_most(f"CPU a job: {MANY:,} tenants ÷ {FEW}", 115, 100 * costs[MANY] / costs[FEW], "%")]


def _sent(sluice: Sluice, count: int, batches: int) -> float:
    """Seconds until all is written."""
    names = [tenant_named(f"{count}-{number}") for number in range(count)]
    tokens = [sluice.token(tenant) for tenant in names]
    records = [
        {"name_vi": f"Công ty Đối tác số {number}", "recipient_type": "processor", "country_code": "VN"}
        for number in range(RECORDS)
    ]
    body = msgspec.json.encode({"recipients": records})
    posts = [
        Post(batch_path(names[number % count], "recipients/async"), body, tokens[number % count])
        for number in range(batches)
    ]
    deadline = Deadline(TURN_SECONDS)
    started = time.perf_counter()
    jobs = await_jobs(sluice.url, drive(sluice.url, posts, clients=CLIENTS, deadline=deadline), deadline)
    seconds = time.perf_counter() - started
    check_written(jobs, batches * RECORDS)
    return seconds
