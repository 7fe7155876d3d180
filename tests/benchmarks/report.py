"""The report: Markdown, which is what the terminal shows too."""

import time

from tests.benchmarks.results import Goal, Section, Table
from tests.benchmarks.sizes import FULL, Sizes

OPENING = """\
# Benchmarks

Written by `make bench`; every number below was measured in one session, by turns, on the machine named here. The load
generator runs on the same cores as what it measures, and so do PostgreSQL and Valkey. Nothing is tuned for the
occasion: the servers are those of `sluice up`, with fsync on, `full_page_writes` on and `appendfsync always`. A result
that misses its goal stands here as it is.
"""


def render(sections: list[Section], machine: dict[str, str], sizes: Sizes, seconds: float) -> str:
    """The whole report."""
    goals = [goal for section in sections for goal in section.goals]
    scale = "" if sizes.records == FULL else f", **scaled down to {sizes.records:,} records of workload A**"
    parts = [
        OPENING,
        f"{time.strftime('%Y-%m-%d')}, {seconds / 60:.1f} minutes, {sizes.rounds} rounds{scale}.\n",
        _table(Table("Machine and versions", ("what", ""), list(machine.items())), numbers=False),
    ]
    if goals:
        parts.append(_goals(goals))
    return "\n".join([*parts, *map(render_section, sections)]).rstrip() + "\n"


def render_section(section: Section) -> str:
    """One section."""
    tables = "\n".join(_table(table) for table in section.tables)
    return f"## {section.title}\n\n{section.text}\n\n{tables}"


def _goals(goals: list[Goal]) -> str:
    rows = [(goal.what, goal.wanted, goal.got, "met" if goal.met else "**missed**") for goal in goals]
    return _table(Table("Goals", ("what", "wanted", "measured", ""), rows))


def _table(table: Table, *, numbers: bool = True) -> str:
    """A table; the columns after the first are on the right if they are numbers."""
    aligned = ["---", *(["---:" if numbers else "---"] * (len(table.head) - 1))]
    lines = [table.head, tuple(aligned), *table.rows]
    text = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    title = f"### {table.title}\n\n" if table.title else ""
    note = f"\n{table.note}\n" if table.note else ""
    return f"{title}{text}\n{note}"
