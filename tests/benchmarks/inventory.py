"""The product's tables, filled and counted by SQL: what sides that do not speak its API have before they start."""

from uuid import UUID

import psycopg
from psycopg import sql

from libs.contracts.inventory.records import ENTITIES
from tests.benchmarks.batches import Json, Workload

ACTIVITIES = ENTITIES["processing-activities"]
NOBODY = UUID(int=0)
"""The job of rows that no job has written."""


def seed(url: str, workload: Workload) -> None:
    """Insert the categories and recipients of every tenant, and have the planner know of them."""
    tables = (("data_category", workload.categories), ("recipient", workload.recipients))
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for table, records in tables:
            rows = [
                {"tenant_id": tenant, "job_id": NOBODY, **record} for tenant in workload.tenants for record in records
            ]
            cursor.executemany(_insert(table, rows[0]), rows)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _insert(table: str, row: Json) -> sql.Composed:
    return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier("inventory", table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(map(sql.Placeholder, row)),
    )


def check_stored(url: str, workload: Workload) -> None:
    """Raises ValueError unless the activities of the tenants, and links of them, are all there."""
    first = workload.passes[0]
    query = "SELECT count(*) FROM inventory.processing_activity WHERE tenant_id = ANY(%s)"
    with psycopg.connect(url) as connection:
        (stored,) = connection.execute(query, [workload.tenants]).fetchone() or (0,)
        (linked,) = connection.execute(
            "SELECT count(DISTINCT (tenant_id, activity_id)) FROM inventory.activity_recipient "
            "WHERE tenant_id = ANY(%s)",
            [workload.tenants],
        ).fetchone() or (0,)
    if stored != first.accepted or not linked:
        raise ValueError(f"{stored} activities are stored, {linked} of them linked; {first.accepted} were sent")
