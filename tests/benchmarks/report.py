"""The report: Markdown, which is what the terminal shows too."""

import time

from tests.benchmarks.files.large import KEPT
from tests.benchmarks.results import Section, Table
from tests.benchmarks.sizes import FULL, Sizes

OPENING = """\
# Benchmarks

Written by `make bench`: every number below was measured in one session on the machine named here, the sides of a
comparison by turns. The load generator runs on the same cores as what it measures, and so do PostgreSQL and Valkey.
Nothing is tuned for the occasion: the servers are those of `sluice up`, with `fsync`, `full_page_writes` and
`appendfsync always`. A result that misses its goal stands here as it is.
"""

REASONS = """\
Where a goal is missed, the CPU says why (tables below). Side 1 is one session that has a core to itself, and all that \
it spends is PostgreSQL's. Sluice has PostgreSQL do the same work, at half as much again with six sessions on two busy \
cores, and reads, validates, packs, acknowledges and settles besides, which takes as much as PostgreSQL does. In C a \
third of the records is rejected again, each kept with its errors, and a record has seven links: half of what is left \
of it is ingest's, which reads and checks each. A batch of ten records costs what a job costs: HTTP and its \
threads, and what it shares with the few that are written with it: round trips to Redis, one transaction.
"""


def render(sections: list[Section], machine: dict[str, str], sizes: Sizes, seconds: float) -> str:
    """The whole report."""
    scale = "" if sizes.records == FULL else f", **scaled down to {sizes.records:,} records of workload A**"
    parts = [
        OPENING,
        f"{time.strftime('%Y-%m-%d')}, {seconds / 60:.1f} minutes, {sizes.rounds} rounds{scale}.\n",
        _table(Table("Machine and versions", ("what", ""), list(machine.items())), numbers=False),
        render_goals(sections),
        REASONS,
    ]
    parts += map(render_section, sections)
    if KEPT.exists():
        parts.append(KEPT.read_text(encoding="utf-8"))
    return "\n".join(parts).rstrip() + "\n"


def render_goals(sections: list[Section]) -> str:
    """All goals, and which are met."""
    rows = [
        (goal.what, goal.wanted, goal.got, "met" if goal.met else "**missed**")
        for section in sections
        for goal in section.goals
    ]
    return _table(Table("Goals", ("what", "wanted", "measured", ""), rows)) if rows else ""


def render_section(section: Section) -> str:
    """One section."""
    return f"## {section.title}\n\n{section.text}\n\n" + "\n".join(map(_table, section.tables))


def _table(table: Table, *, numbers: bool = True) -> str:
    """A table; the columns after the first are on the right if they are numbers."""
    aligned = ["---", *(["---:" if numbers else "---"] * (len(table.head) - 1))]
    lines = [table.head, tuple(aligned), *table.rows]
    text = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    title = f"### {table.title}\n\n" if table.title else ""
    note = f"\n{table.note}\n" if table.note else ""
    return f"{title}{text}\n{note}"
