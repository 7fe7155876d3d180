"""A long history in a database: so many jobs and chunks as an installation has after a year, made in minutes.

Time goes by evenly over the days; a busy tenant has three fifths of it, the others share the rest. Ids are made from
numbers, so that the same history is the same rows.
"""

import datetime
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from libs.contracts.inventory.records import ENTITIES

BUSY = uuid.UUID("01900000-0000-7000-8000-000000000000")
"""The tenant that has three fifths."""
DAYS = 380
SLICE = 500_000
"""Jobs a transaction, which bounds what the log of the database takes."""
TABLES = (
    "ingest.job", "ingest.chunk", "ingest.statistics", "ingest.statistics_stale", "inventory.processing_activity",
    "inventory.recipient", "inventory.activity_recipient",
)  # fmt: skip
CROWDED = uuid.UUID("01920000-0000-7000-8000-000000000001")
"""A recipient of every activity of the busy tenant; each has another one, which three others have."""

_TENANT = """
CASE WHEN n %% 5 < 3 THEN %(busy)s::uuid
     ELSE ('01900000-0000-7000-8000-' || lpad(to_hex(1 + n %% %(others)s), 12, '0'))::uuid END
"""
_JOB = "('01910000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
_AT = """
date_trunc('minute', %(now)s::timestamptz - interval '10 minutes'
                     - make_interval(secs => %(seconds)s * (1 - n::float8 / %(jobs)s)))
"""
"""A job ends in the minute in which its chunks are written: nothing else says that there was an end."""
JOBS = """
INSERT INTO ingest.job (tenant_id, job_id, entity, status, mode, on_error, lane, created_by, request_id, epoch_ms,
                        created_at, started_at, finished_at, updated_at, total, created, failed, chunks_total,
                        chunks_failed, last_error)
SELECT {tenant}, {job}, (%(entities)s::text[])[1 + n / 7 %% 4],
       CASE WHEN n %% 50 = 0 THEN 'failed' WHEN n %% 211 = 0 THEN 'cancelled' ELSE 'completed' END, 'insert',
       'continue', CASE WHEN n %% 997 = 0 THEN 'high' ELSE 'normal' END, 'scanner-' || n %% 17, '', 0, {at},
       {at} + interval '0.1 s', {at} + interval '5 s', {at} + interval '5 s', 2000 * %(chunks)s,
       2000 * (%(chunks)s - (n %% 50 = 0)::integer), 2000 * (n %% 50 = 0)::integer, %(chunks)s, (n %% 50 = 0)::integer,
       CASE WHEN n %% 50 = 0 THEN '53100' END
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
"""
CHUNKS = """
INSERT INTO ingest.chunk (tenant_id, job_id, chunk_no, epoch_ms, generation, state, failure, records, created, failed,
                          writer, attempts, written_at, seconds)
SELECT {tenant}, {job}, c, 0, 0, CASE WHEN bad THEN 'failed' ELSE 'written' END,
       CASE WHEN bad THEN 'permanent' ELSE '' END, 2000, 2000 * (NOT bad)::integer, 2000 * bad::integer, 'writer-1', 1,
       {at} + c * interval '1 s', 0.1
FROM (
    SELECT n, c, n %% 50 = 0 AND c = 0 AS bad
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n CROSS JOIN generate_series(0, %(chunks)s - 1) AS c
) AS each
"""

_RECORD = "('01920000-0000-7000-8000-' || lpad(to_hex({}), 12, '0'))::uuid"
RECIPIENTS = """
INSERT INTO inventory.recipient (tenant_id, recipient_id, external_id, name_vi, name_en, recipient_type, job_id)
SELECT {tenant}, {record}, 'r-' || n, 'Công ty Bảo hiểm Sao Mai ' || n, 'Sao Mai Insurance Company ' || n,
       CASE WHEN n %% 9973 = 0 THEN 'internal' ELSE 'processor' END, {job}
FROM generate_series(1, %(records)s::bigint) AS n
"""
ACTIVITIES = """
INSERT INTO inventory.processing_activity (tenant_id, activity_id, external_id, activity_name_vi, purpose_vi,
                                           legal_basis, has_automated_decision_making, requires_dpia, job_id)
SELECT {tenant}, {record}, 'a-' || n, 'Tính lương cho nhân viên ' || n, repeat('Trả lương. ', 20), 'contract', false,
       n %% 2 = 0, {job}
FROM generate_series(1, %(records)s::bigint) AS n
"""
LINKS = """
INSERT INTO inventory.activity_recipient (tenant_id, activity_id, recipient_id)
SELECT {tenant}, {record}, {other} FROM generate_series(1, %(records)s::bigint) AS n
UNION SELECT {tenant}, {record}, {crowded} FROM generate_series(1, %(records)s::bigint) AS n
"""


def fill_inventory(database_url: str, records: int, *, others: int) -> None:
    """Add so many recipients and as many activities, each with two of the recipients."""
    texts = {
        "tenant": _TENANT, "job": _JOB, "record": _RECORD.format("n"), "other": _RECORD.format("1 + n / 4"),
        "crowded": _RECORD.format("1"),
    }  # fmt: skip
    values: dict[str, Any] = {"busy": BUSY, "others": others, "records": records}
    with psycopg.connect(database_url, autocommit=True) as connection:
        for statement in (RECIPIENTS, ACTIVITIES, LINKS):
            connection.execute(statement.format(**texts).encode(), values)
    analyze(database_url)


def record_id(number: int) -> uuid.UUID:
    """The id of a recipient or an activity."""
    return uuid.UUID(int=CROWDED.int - 1 + number)


def fill(database_url: str, jobs: int, *, others: int, chunks: int = 4, days: int = DAYS) -> None:
    """Add a history of so many ended jobs, of so many chunks each; nothing of it is counted yet.

    `others` is how many tenants share what is not the busy one's.
    """
    texts, now = {"tenant": _TENANT, "job": _JOB, "at": _AT}, datetime.datetime.now(datetime.UTC)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '512MB'")
        with _without_indexes(connection):
            for first in range(1, jobs + 1, SLICE):
                values: dict[str, Any] = {
                    "busy": BUSY, "others": others, "jobs": jobs, "first": first, "last": min(first + SLICE - 1, jobs),
                    "chunks": chunks, "entities": list(ENTITIES), "seconds": days * 86_400, "now": now,
                }  # fmt: skip
                for statement in (JOBS, CHUNKS):
                    connection.execute(statement.format(**texts).encode(), values)
    analyze(database_url)


def analyze(database_url: str) -> None:
    """Have the planner know what there is by now, as autovacuum does."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        for table in TABLES:
            connection.execute(f"ANALYZE {table}".encode())


@contextmanager
def _without_indexes(connection: psycopg.Connection) -> Iterator[None]:
    """Make the indexes at the end, apart from those of primary keys, which takes a third of the time."""
    query = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = ANY(ARRAY['ingest.job', 'ingest.chunk']::regclass[]) AND NOT indisprimary
    """
    indexes = connection.execute(query).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}".encode())
    yield
    for _, definition in indexes:
        connection.execute(definition.encode())
