"""Workload A into whole tables and into tables that are cut into parts by tenant, in turn."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from psycopg import sql

from tests.benchmarks.batches import Workload, tenant_named
from tests.benchmarks.results import Goal, Table, at_least
from tests.benchmarks.running.servers import MIGRATED, Servers
from tests.benchmarks.running.stack import running_sluice
from tests.benchmarks.session import Session
from tests.benchmarks.sides.contest import Side, Timing, compete
from tests.benchmarks.sides.sluice_side import seed, timed, warm_up
from tests.benchmarks.workloads import generated
from tests.partitioned import PARTS, migrate_in_parts

CUT = "in_parts"
TENANTS = 2 * PARTS
WHOLE, IN_PARTS = "whole tables", f"tables in {PARTS} parts by tenant"


def parts(session: Session) -> tuple[Table, list[Goal]]:
    """Inserts and first upserts of both, and the ratio."""
    servers = session.servers
    servers.run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(CUT)))
    with tempfile.TemporaryDirectory(dir=servers.root) as folder:
        migrate_in_parts(servers.url(CUT), Path(folder))
    of_one = generated(session.sizes.records, session.sizes.batch, seed=21, upserts=True)
    workload = of_one.among([tenant_named(f"part-{number}") for number in range(TENANTS)])
    outcomes = compete(
        [Side(WHOLE, _side(servers, MIGRATED)), Side(IN_PARTS, _side(servers, CUT))],
        workload, rounds=session.sizes.rounds, part=0, say=session.say,
    )  # fmt: skip
    rows, goals = [], []
    for each in workload.passes:
        whole, cut = (outcome.rates(each.name) for outcome in outcomes)
        if whole and cut:
            ratio = cut.median / whole.median
            rows += [
                (f"{each.name}, {WHOLE}", f"{whole.median:,.0f}", whole.spread(), "1"),
                (f"{each.name}, {IN_PARTS}", f"{cut.median:,.0f}", cut.spread(), f"{ratio:.2f} ×"),
            ]
            goals.append(at_least(f"{each.name}: tables in parts ÷ whole ones", 0.9, ratio))
    title = f"Workload A of {TENANTS} tenants: {session.sizes.rounds} rounds in turn"
    return Table(title, ("", "records/s, median", "lowest to highest", "to whole ones"), rows), goals


def _side(servers: Servers, template: str) -> Callable[[Workload], dict[str, Timing]]:
    def run(workload: Workload) -> dict[str, Timing]:
        with servers.database(template) as url, running_sluice(servers, url) as sluice:
            warm_up(sluice)
            seed(sluice, workload, workload.tenants)
            return {each.name: timed(sluice, each) for each in workload.passes}

    return run
