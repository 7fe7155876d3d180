"""Files: a CSV that is loaded against the same records as batches, and against what else brings one to PostgreSQL."""

import statistics
from pathlib import Path

from tests.benchmarks.files.peers_side import PEERS, peer_s
from tests.benchmarks.files.samples import COLUMNS, write_csv
from tests.benchmarks.files.sides import Loaded, batches_s, bodies_of, fresh, load_file
from tests.benchmarks.results import Goal, Section, Series, Table, at_least, at_most
from tests.benchmarks.running.processes import peak_mib, reset_peak
from tests.benchmarks.session import Session
from tests.benchmarks.sides.sluice_side import PARTS, CpuByPart

ROWS = 1_000_000
SIZES = (10_000, 100_000)
LOAD, BATCHES = "**load** of the CSV, one processor", "the same records as batches of JSON, eight connections"
TEXT = """\
{rows:,} rows of {columns} columns, three links of each by a scanner's own names; one processor, two writers, two \
ingest processes, a fresh database each turn. A load is timed from its request until all its rows are committed and \
it has ended; the upload, which ran before, is told beside it. Batches carry the same records as JSON, {batch:,} a \
request. Side 1 checks nothing and makes texts; 2 makes values of three columns; 3 makes a table of its own: none \
of them knows an error of a single row, a link, or a row that is there already."""


def files(session: Session) -> Section:
    """Measure in turn: batches, the load, the peers."""
    count, batch = session.sizes.scaled(ROWS), session.sizes.batch
    path = write_csv(session.servers.root / "rows.csv", count)
    bodies = bodies_of(count, batch)
    rates: dict[str, list[float]] = {LOAD: [], BATCHES: [], **{title: [] for title in PEERS.values()}}
    failures: dict[str, str] = {}
    loads: list[Loaded] = []
    costs: list[tuple[dict[str, float], float]] = []
    for _ in range(session.sizes.rounds):
        with fresh(session.servers) as sluice:
            rates[BATCHES].append(count / batches_s(sluice, bodies, count))
        with fresh(session.servers) as sluice:
            (processor,) = sluice.pids("processor")
            reset_peak(processor)
            parts = CpuByPart(session.servers, sluice)
            loads.append(load_file(sluice, path, count))
            costs.append((parts.spent(), peak_mib(processor)))
            rates[LOAD].append(loads[-1].rate)
        for name, title in PEERS.items():
            _peer(session, name, path, count, rates[title], failures)
        session.say("  " + ", ".join(f"{title}: {each[-1]:,.0f}/s" for title, each in rates.items() if each))
    sizes = _by_size(session, path.parent, [size for size in SIZES if size < count])
    path.unlink()
    tables = [_sides(rates, failures, count), _growth([*sizes, *loads]), _cpu(costs, count)]
    text = TEXT.format(rows=count, columns=len(COLUMNS), batch=batch)
    return Section("Files", text, tables, _goals(rates, loads, costs))


def _peer(session: Session, name: str, path: Path, count: int, rates: list[float], failures: dict[str, str]) -> None:
    """A peer that fails is left out of the rounds that follow, and says why."""
    if PEERS[name] not in failures:
        try:
            rates.append(count / peer_s(session, name, path, count))
        except (RuntimeError, ValueError, OSError) as error:
            failures[PEERS[name]] = str(error)[:160]


def _by_size(session: Session, folder: Path, sizes: list[int]) -> list[Loaded]:
    loads = []
    with fresh(session.servers) as sluice:
        for size in sizes:
            path = write_csv(folder / f"rows-{size}.csv", size)
            loads += [load_file(sluice, path, size) for _ in range(3)]
            path.unlink()
    return loads


def _sides(rates: dict[str, list[float]], failures: dict[str, str], count: int) -> Table:
    ours = statistics.median(rates[LOAD])
    rows = []
    for title, measured in rates.items():
        if measured:
            series = Series.of(measured)
            rows.append((title, f"{series.median:,.0f}", series.spread(), f"{ours / series.median:.2f} ×"))
        else:
            rows.append((title, "—", failures.get(title, "—"), "—"))
    return Table(f"{count:,} rows", ("side", "rows/s, median", "lowest to highest", "load ÷ side"), rows)


def _growth(loads: list[Loaded]) -> Table:
    rows = []
    for size in sorted({load.rows for load in loads}):
        these = [load for load in loads if load.rows == size]
        took = Series.of([load.load_s * 1e6 / size for load in these])
        rows.append((
            f"{size:,}", f"{len(these)} ×", f"{took.median:.1f}", took.spread(1),
            f"{statistics.median(load.first_s for load in these) * 1e3:.0f}",
            f"{statistics.median(load.upload_s for load in these):.2f}",
        ))  # fmt: skip
    head = ("rows", "measured", "µs a row, median", "lowest to highest", "202 to first progress, ms", "upload, s")
    return Table("By the number of rows", head, rows)


def _cpu(costs: list[tuple[dict[str, float], float]], count: int) -> Table:
    used = {part: statistics.median(spent[part] for spent, _ in costs) * 1e6 / count for part in PARTS}
    peak = max(peak for _, peak in costs)
    row = (*(f"{used[part]:.1f}" for part in PARTS), f"{sum(used.values()):.1f}", f"{peak:.0f}")
    return Table(
        "A load with its upload: CPU time by process, µs a row", ("", *PARTS, "sum", "processor, peak MiB"),
        [("load", *row)],
    )  # fmt: skip


def _goals(
    rates: dict[str, list[float]], loads: list[Loaded], costs: list[tuple[dict[str, float], float]]
) -> list[Goal]:
    ratio = statistics.median(rates[LOAD]) / statistics.median(rates[BATCHES])
    return [
        at_least("load of a CSV ÷ the same records as batches", 0.5, ratio),
        at_most("load: 202 to first progress", 1_000, max(load.first_s for load in loads) * 1e3),
        at_most("load of a CSV: processor", 256, max(peak for _, peak in costs), "MiB"),
    ]
