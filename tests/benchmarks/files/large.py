"""The largest files that are taken: a CSV of 10 GB and 10,000,000 rows, and a workbook of a million rows. Run once."""

from functools import partial
from itertools import groupby
from pathlib import Path

from tests.benchmarks.files.samples import write_csv, write_xlsx
from tests.benchmarks.files.sides import Loaded, fresh, load_file
from tests.benchmarks.results import Goal, Section, Table, at_most
from tests.benchmarks.running.processes import MIB, descendants, peak_mib, reset_peak
from tests.benchmarks.running.stack import Sluice
from tests.benchmarks.session import Session

WIDTH = 1_000
"""Bytes a row."""
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
SHEET_ROWS = 1_000_000
KEPT = Path(__file__).with_name("large.md")
"""What was measured last; reports show it."""
COMMAND = 'make bench BENCH="--only large"'
TEXT = f"""\
Not part of every run: `{COMMAND}` takes some 30 minutes and 50 GB of disk. Rows of about {WIDTH:,} bytes, ten \
columns and three links by names; each file is uploaded, loaded and removed. Peak resident memory (VmHWM) of the \
processor, with its child processes, is reset before each; each format has a Sluice of its own."""


def large(session: Session) -> Section:
    """Measure on one running Sluice a format, smallest first."""
    wide = partial(write_csv, width=WIDTH)
    wanted = [("CSV", wide, session.sizes.scaled(size)) for size in SIZES]
    wanted.append(("XLSX", write_xlsx, session.sizes.scaled(SHEET_ROWS)))
    rows, peaks = [], {}
    for kind, some in groupby(wanted, lambda each: each[0]):
        with fresh(session.servers) as sluice:
            for _, make, size in some:
                path = make(session.servers.root / f"large.{kind.lower()}", size)
                row, peaks[kind] = _measured(session, sluice, path, size)
                rows.append((kind, *row))
    head = ("file", "rows", "MiB", "upload, MiB/s", "load, µs a row", "rows/s", "first progress, ms",
            "processor, peak MiB", "writer, peak MiB")  # fmt: skip
    return Section("The largest files", TEXT, [Table("", head, rows)], _goals(peaks["CSV"], peaks["XLSX"]))


def _measured(session: Session, sluice: Sluice, path: Path, size: int) -> tuple[tuple[str, ...], float]:
    processors = [pid for each in sluice.pids("processor") for pid in descendants(each)]
    writers = sluice.pids("writer")
    for pid in (*processors, *writers):
        reset_peak(pid)
    mib = path.stat().st_size / MIB
    loaded: Loaded = load_file(sluice, path, size)
    path.unlink()
    peak, writer = max(map(peak_mib, processors)), max(map(peak_mib, writers))
    session.say(f"  {size:,} rows, {mib:,.0f} MiB: {loaded.rate:,.0f}/s, processor {peak:.0f} MiB")
    row = (
        f"{size:,}", f"{mib:,.0f}", f"{mib / loaded.upload_s:,.0f}", f"{loaded.load_s * 1e6 / size:.1f}",
        f"{loaded.rate:,.0f}", f"{loaded.first_s * 1e3:.0f}", f"{peak:.0f}", f"{writer:.0f}",
    )  # fmt: skip
    return row, peak


def _goals(csv_peak: float, sheet_peak: float) -> list[Goal]:
    return [
        at_most("CSV of 10 GB: processor", 256, csv_peak, "MiB"),
        at_most("XLSX of a million rows: processor", 128, sheet_peak, "MiB"),
    ]
