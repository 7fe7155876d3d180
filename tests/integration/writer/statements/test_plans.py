"""What a writer reads to find rows does not grow with the tables, though PostgreSQL knows nothing of them yet."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import redis
from msgspec.structs import replace

from deploy.local.servers.postgres import PostgresServer
from libs.contracts.inventory.records import ProcessingActivity
from tests.servers import cloned_database
from tests.waiting import wait_until
from tests.writing import activity, category, open_desk, recipient, stage_together

RECORDS, PART, LINKS = 2_000, 100, 6
READ = """
SELECT coalesce(sum(seq_tup_read), 0)
       + (SELECT coalesce(sum(idx_tup_read), 0) FROM pg_stat_user_indexes WHERE schemaname = 'inventory')
FROM pg_stat_user_tables WHERE schemaname = 'inventory'
"""
WRITTEN = "SELECT coalesce(sum(n_tup_ins), 0) FROM pg_stat_user_tables WHERE schemaname = 'inventory'"
TABLES = "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'inventory'::regnamespace AND relkind = 'r'"
OTHERS = """
INSERT INTO ingest.staging_processing_activity (tenant_id, token, position)
SELECT %(tenant)s, gen_random_uuid(), number %% 2000 FROM generate_series(1, %(rows)s) AS number
"""
STAGED_READ = READ.replace("schemaname = 'inventory'", "relname LIKE 'staging%'")
STAGED = 12
"""How often a staged row is asked for: to be resolved, updated, and linked to three tables, and once it is done."""
KNOWN = 2
"""Rows and index entries that are read for a record that is known by its fingerprint, or is not stored."""
COMPARED = KNOWN + 4 + 2 * LINKS
"""For one that is compared: itself by both of its names, and its links, each with room for a second look."""
COMPARED_TWICE = KNOWN + 2 * (COMPARED - KNOWN)
"""For one that gets a fingerprint, since it has none."""


@pytest.fixture(scope="module", params=["template", "template_in_parts"])
def schema(request: pytest.FixtureRequest) -> str:
    """The name of the migrated database to clone: with tables as they are, and cut into parts by tenant."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def database(postgres: PostgresServer, schema: str) -> Iterator[str]:
    """Tables without statistics, which nobody gathers either."""
    with unknown_tables(postgres, schema) as url:
        yield url


@contextmanager
def unknown_tables(postgres: PostgresServer, schema: str) -> Iterator[str]:
    with cloned_database(postgres.url, schema) as url:
        with psycopg.connect(url) as connection:
            for (table,) in connection.execute(TABLES):
                connection.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
        yield url


def counted(database: str, query: str) -> int:
    with psycopg.connect(database) as connection:
        return int((connection.execute(query).fetchone() or (0,))[0])


def register(
    database: str, client: redis.Redis, tenant: uuid.UUID, *, by_name: bool, mode: str
) -> Sequence[ProcessingActivity]:
    """Have activities in the tables, which refer to the same few others again and again, some of them by name."""
    categories, recipients = ([uuid.uuid4() for _ in range(LINKS // 2)] for _ in range(2))
    lists = {"recipient_external_ids": list(map(str, recipients))} if by_name else {"recipient_ids": recipients}
    records = [activity(external_id=f"scan-{place}", data_category_ids=categories, **lists) for place in range(RECORDS)]
    with open_desk(database, client) as desk:
        desk.write(tenant, [category(data_category_id=own) for own in categories])
        desk.write(tenant, [recipient(recipient_id=own, external_id=str(own)) for own in recipients])
        # Many others, so that looking through them would show.
        desk.write(tenant, [recipient(external_id=f"other-{place}") for place in range(RECORDS)])
        desk.write(tenant, records, mode=mode)
    # What a session has read is known once it has ended.
    wait_until(lambda: counted(database, WRITTEN) == RECORDS * (2 + LINKS) + LINKS, 30, "all of it is counted")
    return records


@pytest.mark.parametrize(
    ("first", "mode", "changes", "counts", "by_name", "most"),
    [
        ("insert", "ignore", {}, {"unchanged": PART}, False, KNOWN),
        ("insert", "upsert", {}, {"unchanged": PART}, False, COMPARED_TWICE),
        ("insert", "upsert", {}, {"unchanged": PART}, True, COMPARED_TWICE),
        ("upsert", "upsert", {}, {"unchanged": PART}, False, KNOWN),
        ("upsert", "upsert", {}, {"unchanged": PART}, True, KNOWN),
        ("upsert", "upsert", {"external_id": "new"}, {"created": PART}, True, KNOWN),
        ("upsert", "upsert", {"requires_dpia": True, "recipient_ids": []}, {"updated": PART}, False, COMPARED),
    ],
    ids=[
        "ignore", "upsert unchanged", "upsert by name", "upsert known", "upsert known by name", "upsert new",
        "upsert changed",
    ],
)  # fmt: skip
def test_finding_a_row_costs_the_same_however_many_there_are(
    database: str, redis_client: redis.Redis, first: str, mode: str, changes: dict[str, Any], counts: dict[str, int],
    by_name: bool, most: int,
) -> None:  # fmt: skip
    tenant = uuid.uuid4()
    registered = register(database, redis_client, tenant, by_name=by_name, mode=first)
    records = [replace(record, **changes) for record in registered[:PART]]
    if "external_id" in changes:
        records = [replace(record, external_id=f"new-{place}") for place, record in enumerate(records)]
    assert_few_are_read(database, redis_client, tenant, records, mode, counts, most)


def assert_few_are_read(
    database: str, redis_client: redis.Redis, tenant: uuid.UUID, records: Sequence[ProcessingActivity], mode: str,
    counts: dict[str, int], most: int,
) -> None:  # fmt: skip
    written, read = counted(database, WRITTEN), counted(database, READ)
    with open_desk(database, redis_client) as desk:
        assert desk.write(tenant, records, mode=mode).counts == counts
        desk.write(tenant, [recipient()])
    wait_until(lambda: counted(database, WRITTEN) > written, 30, "the last of it is counted")
    assert counted(database, READ) - read <= most * PART


@pytest.mark.parametrize(
    ("changes", "counts", "most"),
    [
        ({}, {"unchanged": PART}, COMPARED_TWICE),
        ({"requires_dpia": True, "recipient_ids": []}, {"updated": PART}, COMPARED),
    ],
    ids=["unchanged", "changed"],
)
def test_it_costs_the_same_where_all_writers_stage_together(
    postgres: PostgresServer, template_in_parts: str, redis_client: redis.Redis, changes: dict[str, Any],
    counts: dict[str, int], most: int,
) -> None:  # fmt: skip
    """What is staged, too, is found among what others have staged."""
    tenant = uuid.uuid4()
    with unknown_tables(postgres, template_in_parts) as database:
        stage_together(database)
        registered = register(database, redis_client, tenant, by_name=False, mode="insert")
        with psycopg.connect(database) as connection:
            connection.execute(OTHERS, {"tenant": tenant, "rows": 50 * PART})
        staged = counted(database, STAGED_READ)
        records = [replace(record, **changes) for record in registered[:PART]]
        assert_few_are_read(database, redis_client, tenant, records, "upsert", counts, most)
        assert counted(database, STAGED_READ) - staged <= STAGED * PART
