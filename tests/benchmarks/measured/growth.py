"""How speed changes with the size of a job, the number of clients, and what the table already holds."""

import time
import uuid

import psycopg

from tests.benchmarks.batches import Workload, tenant_named
from tests.benchmarks.inventory import NOBODY
from tests.benchmarks.results import Section, Series, Table
from tests.benchmarks.running.load import Deadline, Post, drive
from tests.benchmarks.running.servers import MIGRATED
from tests.benchmarks.running.stack import Sluice, running_sluice
from tests.benchmarks.session import Session
from tests.benchmarks.sides.sluice_side import CLIENTS, TURN_SECONDS, check_written, supply, warm_up
from tests.benchmarks.workloads import generated

TOTALS = {1_000: 5, 10_000: 5, 100_000: 3, 1_000_000: 1}
"""How often a number of records is measured."""
CLIENT_COUNTS = (1, 2, 4, 8, 16)
CLIENT_RECORDS = 40_000
CLIENT_ROUNDS = 3
SMALL_BATCH = 1_000
HELD = 5_000_000
BODIES = 20


def growth(session: Session) -> Section:
    """Measure on one running Sluice, and once more above a full table."""
    sizes = session.sizes
    large = generated(BODIES * sizes.batch, sizes.batch, seed=5)
    small = generated(sizes.scaled(CLIENT_RECORDS, least=CLIENT_COUNTS[-1] * SMALL_BATCH), SMALL_BATCH, seed=6)
    with session.servers.database(MIGRATED) as url, running_sluice(session.servers, url) as sluice:
        warm_up(sluice)
        by_total = [
            _by_total(session, sluice, large, total, repeats)
            for total, repeats in TOTALS.items()
            if total <= max(1_000, sizes.scaled(max(TOTALS)))
        ]
        by_clients = _by_clients(session, sluice, small)
    tables = [
        Table(f"Records in all, in requests of at most {sizes.batch:,}, {CLIENTS} clients", HEAD, by_total),
        Table(f"Concurrent clients, requests of {SMALL_BATCH:,} records", HEAD, by_clients),
    ]
    tables.append(_above_full_table(session, large))
    text = "Workload A's records, all into one table that grows meanwhile."
    return Section("Growth", text, tables)


HEAD = ("", "measured", "records/s, median", "lowest to highest")


def _rate(sluice: Sluice, posts: list[Post], records: int, clients: int) -> float:
    deadline = Deadline(TURN_SECONDS)
    started = time.perf_counter()
    answers = drive(sluice.url, posts, clients=clients, deadline=deadline)
    sluice.await_ended(deadline)
    seconds = time.perf_counter() - started
    check_written(sluice, answers, records)
    return records / seconds


def _row(session: Session, what: str, rates: list[float]) -> tuple[str, ...]:
    series = Series.of(rates)
    session.say(f"  {what}: {series.median:,.0f}/s")
    return (what, f"{len(rates)} ×", f"{series.median:,.0f}", series.spread())


def _by_total(session: Session, sluice: Sluice, workload: Workload, total: int, repeats: int) -> tuple[str, ...]:
    batch = min(session.sizes.batch, total)
    if batch < workload.passes[0].batches[0].records:
        workload = generated(batch, batch, seed=7)
    count = total // batch
    rates = [_rate(sluice, supply(sluice, workload, count), count * batch, CLIENTS) for _ in range(repeats)]
    return _row(session, f"{count * batch:,} records", rates)


def _by_clients(session: Session, sluice: Sluice, workload: Workload) -> list[tuple[str, ...]]:
    first = workload.passes[0]
    rates: dict[int, list[float]] = {clients: [] for clients in CLIENT_COUNTS}
    for _ in range(CLIENT_ROUNDS):
        for clients, measured in rates.items():
            measured.append(_rate(sluice, supply(sluice, workload, len(first.batches)), first.records, clients))
    return [_row(session, f"clients: {clients}", measured) for clients, measured in rates.items()]


def _above_full_table(session: Session, workload: Workload) -> Table:
    """Workload A's records into tables that hold five million activities with two links each."""
    held = session.sizes.scaled(HELD)
    with session.servers.database(MIGRATED) as url:
        session.say(f"  filling the tables with {held:,} activities")
        _fill(url, held)
        with running_sluice(session.servers, url) as sluice:
            warm_up(sluice)
            count = session.sizes.records // session.sizes.batch
            rates = [
                _rate(sluice, supply(sluice, workload, count), count * session.sizes.batch, CLIENTS) for _ in range(3)
            ]
    row = _row(session, f"{held:,} activities", rates)
    return Table(f"The table holds already; then {count * session.sizes.batch:,} records more", HEAD, [row])


def _fill(url: str, records: int) -> None:
    """Make rows on the server, for 50 tenants, in the order in which a scanner's rows would have come."""
    tenants = [tenant_named(f"held-{number}") for number in range(50)]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO inventory.processing_activity (tenant_id, activity_id, external_id, activity_name_vi,"
            " purpose_vi, legal_basis, has_automated_decision_making, requires_dpia, job_id) "
            "SELECT (%(tenants)s::uuid[])[1 + n %% 50], uuidv7(), 'scan-held-' || n,"
            " 'Quản lý hồ sơ khách hàng số ' || n, 'Thực hiện hợp đồng cung cấp dịch vụ và chăm sóc sau bán hàng',"
            " 'contract', false, false, %(job)s "
            "FROM generate_series(1, %(records)s) AS n",
            {"tenants": tenants, "job": NOBODY, "records": records},
        )
        for table, target in (("activity_data_category", uuid.UUID(int=1)), ("activity_recipient", uuid.UUID(int=2))):
            connection.execute(
                f"INSERT INTO inventory.{table} "
                "SELECT tenant_id, activity_id, %s::uuid FROM inventory.processing_activity",
                [target],
            )
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
