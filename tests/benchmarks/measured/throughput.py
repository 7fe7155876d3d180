"""Workloads A, B and C: Sluice, the limit, and the peers, in turn on the same rows and indexes."""

import statistics

from tests.benchmarks.batches import Workload
from tests.benchmarks.results import Goal, Section, Table, at_least
from tests.benchmarks.running.servers import WITH_KEYS, WITHOUT_KEYS
from tests.benchmarks.session import Session
from tests.benchmarks.sides.contest import Outcome, Side, compete
from tests.benchmarks.sides.limit import limit
from tests.benchmarks.sides.peers_side import api_side, background_side
from tests.benchmarks.sides.sluice_side import PARTS, WAL, sluice_side
from tests.benchmarks.sides.warehouse_side import warehouse_side
from tests.benchmarks.sizes import PART
from tests.benchmarks.workloads import generated, register

Cpu = dict[str, list[dict[str, float]]]

SLUICE = "**Sluice**, 2 writers, 2 ingest processes"
LIMIT = "1. limit: one connection, COPY from files, no foreign keys"
KEYS = "2. the same with enforced row-level foreign keys"
API = "3. FastAPI + pydantic + SQLAlchemy 2 + asyncpg, 2 processes"
BACKGROUND = "4. the same service behind Celery + Redis, 2 + 2 processes"
WAREHOUSE = "5. dlt to PostgreSQL, 2 processes"

WHAT_SIDES_DO = """\
Records a second, from the first byte sent to the last row committed and known to be, on a fresh database each turn; \
Sluice's jobs are known by its job store, those of 4 by its API. \
Sluice, 3 and 4 take the same JSON bodies over HTTP from the same eight connections; whoever is not on turn does not \
run. 1 and 2 read files that hold the valid records in PostgreSQL's own format: they decode, validate and answer \
nothing. 3 writes a request in one transaction and answers when it is committed; 4 puts chunks of 1,000 records into \
messages, which are acknowledged when they are written. 3 and 4 validate every record, and leave references to \
enforced foreign keys, so that one unknown reference refuses a whole request or chunk; a request that is sent again \
fails or, without external ids, is written again. 5 reads the bodies from files and makes tables of its own without \
keys or indexes: it checks no field, no reference and no external id, and knows no error of a single record."""


def workload_a(session: Session) -> Section:
    """200,000 generated activities with three links each."""
    workload = generated(session.sizes.records, session.sizes.batch, upserts=True)
    outcomes, cpu = _compete(session, workload)
    names = [each.name for each in workload.passes]
    first = workload.passes[0]
    text = (
        f"{first.records:,} generated Vietnamese activities with 3 links each, in requests of "
        f"{first.batches[0].records:,}, with `mode=insert`; then as many others with `mode=upsert`, as scanners send "
        f"all that they find.\n\n{WHAT_SIDES_DO}"
    )
    tables = [*(_table(name, outcomes) for name in names), _cpu_table(names, cpu)]
    return Section("A: new activities", text, tables, [*_goals(outcomes), *_against_a(session, {names[1]: 0.9})])


def _against_a(session: Session, wanted: dict[str, float]) -> list[Goal]:
    """Goals of passes of Sluice, as ratios to what it inserts of A in the same run."""
    known = {name: least for name, least in wanted.items() if {"A", name} <= session.speeds.keys()}
    return [
        at_least(f"{name}: records/s ÷ those of A", least, session.speeds[name] / session.speeds["A"])
        for name, least in known.items()
    ]


def workload_b(session: Session) -> Section:
    """The public register under many tenants, then upserts of it."""
    workload = register(session.sizes.scaled(FULL_REGISTER))
    outcomes, cpu = _compete(session, workload)
    names = [each.name for each in workload.passes]
    tables = [_table(name, outcomes) for name in names]
    first = workload.passes[0]
    text = (
        f"The public register of 5,872 activities under each of {len(workload.tenants)} tenants, a request a tenant: "
        f"{first.records:,} records sent, {first.accepted:,} valid, about 7 links each. A rate counts all records "
        "that were sent, rejected ones too, for every side; dlt alone loads the invalid ones as well.\n\n"
        "C sends the same again under the same tenants with `mode=upsert`: once over what was inserted, where each "
        "record is compared and gets a fingerprint; unchanged; then with every tenth record changed (a field and a "
        "link). Sluice tells unchanged records from changed ones and writes the latter only; 3 updates every row, as "
        "ON CONFLICT DO UPDATE does, and replaces its links."
    )
    goals = _against_a(session, {"C unchanged": 2.0, "C changed": 1.3})
    return Section("B and C: the register, and upserts of it", text, [*tables, _cpu_table(names, cpu)], goals)


FULL_REGISTER = 70_000


def _compete(session: Session, workload: Workload) -> tuple[list[Outcome], Cpu]:
    servers, environment, sizes = session.servers, session.environment, session.sizes
    cpu: Cpu = {}
    sides = [
        Side(SLUICE, sluice_side(servers, cpu)),
        Side(LIMIT, limit(servers, WITHOUT_KEYS)),
        Side(KEYS, limit(servers, WITH_KEYS)),
        Side(API, api_side(servers, environment), part=True),
        Side(BACKGROUND, background_side(servers, environment), part=True),
        Side(WAREHOUSE, warehouse_side(servers, environment), part=True),
    ]
    part = workload.passes[0].records // PART
    outcomes = compete(sides, workload, rounds=sizes.rounds, part=part, say=session.say)
    for name in (each.name for each in workload.passes):
        if rates := outcomes[0].rates(name):
            session.speeds[name] = rates.median
    return outcomes, cpu


def _table(name: str, outcomes: list[Outcome]) -> Table:
    ours = outcomes[0].rates(name)
    rows = []
    for outcome in outcomes:
        if rates := outcome.rates(name):
            ratio = f"{ours.median / rates.median:.2f} ×" if ours else "—"
            rows.append(
                (outcome.side.title, f"{outcome.records(name):,}", f"{rates.median:,.0f}", rates.spread(), ratio)
            )
        elif outcome.failure:
            rows.append((outcome.side.title, "—", "—", outcome.failure, "—"))
    rounds = len(ours.values) if ours else 0
    head = ("side", "records a round", "records/s, median", "lowest to highest", "Sluice ÷ side")
    return Table(f"{name}: {rounds} rounds in turn", head, rows)


def _cpu_table(names: list[str], cpu: Cpu) -> Table:
    """Where Sluice's CPU time goes."""
    rows = []
    for name in names:
        if name in cpu:
            used = {part: statistics.median(each[part] for each in cpu[name]) for part in (*PARTS, WAL)}
            total = sum(used[part] for part in PARTS)
            rows.append((name, *(f"{used[part]:.1f}" for part in PARTS), f"{total:.1f}", f"{used[WAL]:,.0f}"))
    return Table("Sluice: CPU time by process, µs a record", ("pass", *PARTS, "sum", WAL), rows)


def _goals(outcomes: list[Outcome]) -> list[Goal]:
    wanted = {LIMIT: 1.0, KEYS: 3.0, API: 8.0}
    ours = outcomes[0].rates("A")
    goals = []
    for outcome in outcomes:
        theirs = outcome.rates("A")
        if ours and theirs and outcome.side.title in wanted:
            what = f"A: Sluice ÷ side {outcome.side.title[0]}"
            goals.append(at_least(what, wanted[outcome.side.title], ours.median / theirs.median))
    return goals
