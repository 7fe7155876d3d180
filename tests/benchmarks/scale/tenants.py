"""What a small batch costs where few tenants send many, and where many send one each."""

from tests.benchmarks.results import Goal, Table, at_most
from tests.benchmarks.running.servers import MIGRATED
from tests.benchmarks.running.stack import running_sluice
from tests.benchmarks.scale.small_jobs import RECORDS, check, posts_of, sent
from tests.benchmarks.session import Session
from tests.benchmarks.sides.sluice_side import CLIENTS, PARTS, CpuByPart, warm_up

COUNTS = (10, 1_000, 10_000)
BATCHES = 10_000
TURN = 500
"""Batches of one turn: a machine whose speed changes is as fast for all of them."""
FEW, MANY = min(COUNTS), max(COUNTS)


def tenants(session: Session) -> tuple[Table, list[Goal]]:
    """The same batches, of more and more tenants that nobody has seen before, by turns at one Sluice."""
    batches = session.sizes.scaled(BATCHES, least=100)
    seconds = dict.fromkeys(COUNTS, 0.0)
    spent = {count: dict.fromkeys(PARTS, 0.0) for count in COUNTS}
    with session.servers.database(MIGRATED) as url, running_sluice(session.servers, url) as sluice:
        warm_up(sluice)
        for first in range(0, batches, TURN):
            for count in COUNTS:
                numbers = range(first, min(first + TURN, batches))
                posts = posts_of(sluice, [f"{count}-{number % min(count, batches)}" for number in numbers], RECORDS)
                cpu = CpuByPart(session.servers, sluice)
                seconds[count] += sent(sluice, posts, CLIENTS)[0]
                for part, used in cpu.spent().items():
                    spent[count][part] += used * 1e6 / batches
        check(url, batches * len(COUNTS), RECORDS)
    costs = {count: sum(spent[count][part] for part in PARTS[:-1]) for count in COUNTS}
    rows = [
        (f"{min(count, batches):,}", f"{batches / seconds[count]:,.0f}",
         *(f"{spent[count][part]:,.0f}" for part in PARTS[:-1]), f"{costs[count]:,.0f}")
        for count in COUNTS
    ]  # fmt: skip
    head = ("tenants", "jobs/s", *PARTS[:-1], "sum")
    title = f"{batches:,} batches of {RECORDS} recipients, {CLIENTS} connections, {TURN} by turns; CPU time in µs a job"
    return Table(title, head, rows), [
        at_most(f"CPU a job: {MANY:,} tenants ÷ {FEW}", 115, 100 * costs[MANY] / costs[FEW], "%"),
    ]
