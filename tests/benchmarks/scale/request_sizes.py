"""The same records in small requests and in large ones, by turns at one Sluice."""

from tests.benchmarks.batches import Workload
from tests.benchmarks.results import Goal, Series, Table, at_least
from tests.benchmarks.running.servers import MIGRATED
from tests.benchmarks.running.stack import Sluice, running_sluice
from tests.benchmarks.session import Session
from tests.benchmarks.sides.sluice_side import CLIENTS, PARTS, CpuByPart, seed, timed, warm_up
from tests.benchmarks.workloads import generated

SMALL = 1_000
LEAST_ROUNDS = 3
HEAD = ("records a request", "records/s, median", "lowest to highest", *(f"{part}, µs a record" for part in PARTS[:-1]))


def request_sizes(session: Session) -> tuple[Table, list[Goal]]:
    """Rates of both sizes, what each part spent on a record, and the ratio."""
    sizes = session.sizes
    rounds = max(LEAST_ROUNDS, sizes.rounds)
    rates: dict[int, list[float]] = {sizes.batch: [], SMALL: []}
    spent: dict[int, list[dict[str, float]]] = {size: [] for size in rates}
    with session.servers.database(MIGRATED) as url, running_sluice(session.servers, url) as sluice:
        warm_up(sluice)
        for turn in range(rounds):
            for size, measured in rates.items():
                cpu = CpuByPart(session.servers, sluice)
                measured.append(_rate(sluice, generated(sizes.records, size, seed=100 * turn + size)))
                spent[size].append(cpu.spent())
    rows = [(f"{size:,}", *_row(rates[size], spent[size], sizes.records)) for size in rates]
    ratio = Series.of(rates[SMALL]).median / Series.of(rates[sizes.batch]).median
    session.say(f"  {ratio:.2f} ×")
    title = f"{sizes.records:,} records in requests of two sizes, {CLIENTS} clients: {rounds} rounds in turn"
    goal = at_least(f"requests of {SMALL:,} ÷ those of {sizes.batch:,}, {CLIENTS} clients", 0.85, ratio)
    return Table(title, HEAD, rows), [goal]


def _rate(sluice: Sluice, workload: Workload) -> float:
    seed(sluice, workload, workload.tenants)
    timing = timed(sluice, workload.passes[0])
    return timing.records / timing.seconds


def _row(rates: list[float], spent: list[dict[str, float]], records: int) -> tuple[str, ...]:
    series = Series.of(rates)
    costs = [sum(each[part] for each in spent) * 1e6 / len(spent) / records for part in PARTS[:-1]]
    return (f"{series.median:,.0f}", series.spread(), *(f"{cost:.1f}" for cost in costs))
