"""All rules over a large inventory: the first run, which keeps what it finds, and the next, which finds the same."""

import time
import uuid
from typing import Any

import psycopg

from libs.compliance.running import RuleRuns
from libs.contracts.compliance.findings import today
from libs.contracts.tasks.types.rules import RuleOutcome
from libs.database.server.pool import open_pool
from tests.benchmarks.inventory import NOBODY
from tests.benchmarks.results import Goal, Section, Series, Table, at_most
from tests.benchmarks.running.servers import MIGRATED
from tests.benchmarks.session import Session

ACTIVITIES = 100_000
WANTED_S = 10.0
CATEGORIES, RECIPIENTS, TRANSFERS = 200, 1_000, 500
AGAIN = 3
SLOWEST = 5
OTHERS = 5
"""Other tenants, with a tenth of the records each: rules must not read theirs."""

FILL = """
INSERT INTO inventory.data_category (tenant_id, data_category_id, name_vi, category_type, legal_code, job_id)
SELECT %(tenant)s, md5('c' || n || %(tenant)s::text)::uuid, 'Loại dữ liệu ' || n,
       CASE WHEN n %% 4 = 0 THEN 'sensitive' ELSE 'basic' END, CASE WHEN n %% 4 = 0 THEN 'S01' ELSE 'B01' END, %(job)s
FROM generate_series(1, %(categories)s) AS n;
INSERT INTO inventory.recipient (
    tenant_id, recipient_id, name_vi, recipient_type, country_code, contact, agreement_ref, job_id)
SELECT %(tenant)s, md5('r' || n || %(tenant)s::text)::uuid, 'Bên nhận ' || n,
       (ARRAY['processor', 'internal', 'public_authority'])[1 + n %% 3], CASE WHEN n %% 5 = 0 THEN 'SG' ELSE 'VN' END,
       CASE WHEN n %% 10 > 0 THEN 'Phòng IT' END, CASE WHEN n %% 10 > 0 THEN 'HĐ ' || n END, %(job)s
FROM generate_series(1, %(recipients)s) AS n;
INSERT INTO inventory.data_transfer (tenant_id, transfer_id, name_vi, destination_country, recipient_name, purpose_vi,
                                     transfer_basis, data_subject_count, started_on, dossier_filed_on, job_id)
SELECT %(tenant)s, md5('t' || n || %(tenant)s::text)::uuid, 'Chuyển dữ liệu ' || n, 'SG', 'Cloud', 'Lưu trữ',
       'Hợp đồng',
       1000 * n, DATE '2026-06-01' + n, CASE WHEN n %% 3 > 0 THEN DATE '2026-07-01' + n END,
       %(job)s
FROM generate_series(1, %(transfers)s) AS n;
INSERT INTO inventory.processing_activity (
    tenant_id, activity_id, external_id, activity_name_vi, purpose_vi, legal_basis, data_source_vi,
    retention_period_months, has_automated_decision_making, requires_dpia, subject_group, data_subject_count,
    started_on, consent_method, sensitive_notice, security_measures_vi, job_id)
SELECT %(tenant)s, md5('a' || n || %(tenant)s::text)::uuid, 'a-' || n, 'Quản lý hồ sơ khách hàng số ' || n,
       CASE WHEN n %% 10 > 0 THEN 'Thực hiện hợp đồng cung cấp dịch vụ và chăm sóc sau bán hàng cho khách hàng' END,
       CASE WHEN n %% 2 = 0 THEN 'consent' ELSE 'contract' END, CASE WHEN n %% 5 > 0 THEN 'Khách hàng cung cấp' END,
       CASE WHEN n %% 5 > 0 THEN 24 END, n %% 50 = 0, n %% 10 > 1, 'khách hàng', CASE WHEN n %% 5 > 0 THEN n END,
       DATE '2026-01-01' + n %% 300, CASE WHEN n %% 10 > 0 THEN 'Biểu mẫu' END, true, 'Phân quyền, mã hóa', %(job)s
FROM generate_series(1, %(activities)s) AS n;
INSERT INTO inventory.activity_data_category
SELECT DISTINCT %(tenant)s::uuid, md5('a' || n || %(tenant)s::text)::uuid,
       md5('c' || (1 + (n * k) %% %(categories)s) || %(tenant)s::text)::uuid
FROM generate_series(1, %(activities)s) AS n, generate_series(1, 3) AS k WHERE n %% 20 > 0;
INSERT INTO inventory.activity_recipient
SELECT DISTINCT %(tenant)s::uuid, md5('a' || n || %(tenant)s::text)::uuid,
       md5('r' || (1 + (n * k) %% %(recipients)s) || %(tenant)s::text)::uuid
FROM generate_series(1, %(activities)s) AS n, generate_series(1, 2) AS k;
INSERT INTO inventory.activity_transfer
SELECT %(tenant)s, md5('a' || n || %(tenant)s::text)::uuid,
       md5('t' || (1 + n %% %(transfers)s) || %(tenant)s::text)::uuid
FROM generate_series(1, %(activities)s) AS n WHERE n %% 2 = 0
"""
"""About every tenth record lacks something; a quarter of the categories is sensitive."""


def rules(session: Session) -> Section:
    """Measure without statistics of the tables, as after a first load, and with them."""
    activities = session.sizes.scaled(2 * ACTIVITIES)
    with session.servers.database(MIGRATED) as url:
        tenant = uuid.uuid4()
        fill(url, tenant, activities)
        for _ in range(OTHERS):
            fill(url, uuid.uuid4(), activities // 10)
        with open_pool(url, "sluice_processor", name="rules", size=2, statement_timeout_s=60, timeout_s=5) as pool:
            runs = RuleRuns(pool, 60)
            first, found = _run(url, runs, tenant)
            again = [_run(url, runs, tenant)[0] for _ in range(AGAIN)]
    session.say(f"  {activities:,} activities: {first:.1f} s, then {Series.of(again).median:.1f} s")
    return Section(
        "Rules",
        f"All rules over one tenant's {activities:,} activities with {CATEGORIES} categories, {RECIPIENTS:,} recipients"
        f" and {TRANSFERS} transfers, beside {OTHERS} smaller tenants; no table has been analysed. The first run keeps"
        " what it finds.",
        [_table(first, again, found), _slowest(found)],
        _goals(activities, first, again),
    )


def _goals(activities: int, first: float, again: list[float]) -> list[Goal]:
    share = WANTED_S * activities / ACTIVITIES
    return [
        at_most(f"all rules over {activities:,} activities, the first run", share, first, "s"),
        at_most(f"all rules over {activities:,} activities, the next run", share, Series.of(again).median, "s"),
    ]


def _table(first: float, again: list[float], found: list[RuleOutcome]) -> Table:
    series, total = Series.of(again), sum(each.found for each in found)
    rows = [
        ("the first run", f"{total:,}", f"{total:,}", f"{first:.1f}", ""),
        ("the next run", f"{total:,}", "0", f"{series.median:.1f}", series.spread(1)),
    ]
    return Table("Seconds", ("", "findings", "written", "seconds", "lowest to highest"), rows)


def _slowest(found: list[RuleOutcome]) -> Table:
    slow = sorted(found, key=lambda each: each.seconds, reverse=True)[:SLOWEST]
    rows = [(each.code, f"{each.found:,}", f"{each.seconds:.2f}") for each in slow]
    return Table("The slowest rules of the first run", ("", "findings", "seconds"), rows)


def _run(url: str, runs: RuleRuns, tenant: uuid.UUID) -> tuple[float, list[RuleOutcome]]:
    """One run; raises ValueError where a rule did not go through."""
    lease = _lease(url, tenant)
    began = time.perf_counter()
    found = [runs.run(lease, rule, today(), lambda: False) for rule in runs.rules(tenant)]
    seconds = time.perf_counter() - began
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE work.task SET status = 'completed', progress = 100 WHERE tenant_id = %s", [tenant])
    if failed := [each.code for each in found if each.error]:
        raise ValueError(f"failed: {failed}")
    return seconds, found


def _lease(url: str, tenant: uuid.UUID) -> dict[str, Any]:
    """A task that is being run."""
    lease = {"tenant": tenant, "task": uuid.uuid4(), "token": uuid.uuid4()}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO work.task (tenant_id, task_id, type, lane, status, parameters, created_by, request_id,"
            " traceparent, started_at, lease_token, lease_until) VALUES (%(tenant)s, %(task)s, 'rules', 'normal',"
            " 'processing', '{}', 'bench', '', '', now(), %(token)s, 'infinity')",
            lease,
        )
    return lease


def fill(url: str, tenant: uuid.UUID, activities: int) -> None:
    """Make the rows on the server."""
    values = {
        "tenant": tenant, "job": NOBODY, "activities": activities, "categories": CATEGORIES, "recipients": RECIPIENTS,
        "transfers": TRANSFERS,
    }  # fmt: skip
    with psycopg.connect(url, autocommit=True) as connection, psycopg.ClientCursor(connection) as cursor:
        cursor.execute(FILL, values)
