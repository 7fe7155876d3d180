"""Warming: what a tenant's re-scan asks for is in PostgreSQL's cache, and what others have there stays.

A database that was copied by its files has nothing in the cache yet, whatever the one has that it was copied from.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from deploy.local.servers.postgres import PostgresServer
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import JobStatus
from libs.contracts.tasks.types.upkeep.warm import WARM
from libs.database.inventory import warming
from services.processor.types.upkeep import warm
from tests.integration.tasks.workplace.bench import Bench
from tests.servers import cloned_database

TENANT, OTHER = uuid.uuid4(), uuid.uuid4()
MANY = 6_000
"""Recipients, of each tenant; a page holds some dozens."""
FILL = """
INSERT INTO inventory.recipient (tenant_id, recipient_id, external_id, name_vi, recipient_type, job_id)
SELECT %(tenant)s, md5(n || %(tenant)s::text)::uuid, CASE WHEN n %% 10 > 0 THEN 'r-' || n END, 'Bên nhận ' || n,
       'processor', gen_random_uuid() FROM generate_series(1, %(rows)s) AS n
"""
NAMED = 9 * MANY // 10


@pytest.fixture(scope="module")
def filled(postgres: PostgresServer, template: str) -> Iterator[str]:
    """The name of a database of two tenants, whose rows lie one tenant behind the other."""
    with cloned_database(postgres.url, template) as url:
        with psycopg.connect(url) as connection:
            for tenant, rows in ((OTHER, MANY), (TENANT, MANY)):
                connection.execute(FILL, {"tenant": tenant, "rows": rows})
        yield str(conninfo_to_dict(url)["dbname"])


class Cold:
    """A database of which nothing is in the cache."""

    def __init__(self, url: str) -> None:
        self.bench = Bench(url, TENANT)
        with psycopg.connect(url) as connection:
            self.sizes = dict(
                connection.execute(
                    "SELECT relname, pg_relation_size(oid) / 8192 FROM pg_class WHERE relname LIKE 'recipient%'"
                ).fetchall()
            )

    def warm(self, tenant: uuid.UUID = TENANT) -> dict[str, Any]:
        """The result of a warming."""
        self.bench.move(tenant)
        tools: Any = type("Some", (), {"pool": self.bench.pool})
        ref = self.bench.open("warm")
        self.bench.runner(lambda context: warm.run(context, tools), WARM).handle(ref)
        task = self.bench.task(ref)
        assert task.status is JobStatus.COMPLETED, task.error
        assert task.result
        return task.result

    def missing(self, tenant: uuid.UUID) -> int:
        """Pages of a tenant's rows that PostgreSQL says it has to read when it looks all of them up by name."""
        query = (
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT job_id FROM inventory.recipient"
            " WHERE tenant_id = %s AND external_id > '' ORDER BY external_id"
        )
        self.bench.sql.execute("SET enable_seqscan = off")
        row = self.bench.sql.execute(query, [tenant]).fetchone()
        assert row
        return int(row["QUERY PLAN"][0]["Plan"]["Shared Read Blocks"])


@contextmanager
def _cold(postgres: PostgresServer, filled: str) -> Iterator[Cold]:
    with cloned_database(postgres.url, filled) as url:
        cold = Cold(url)
        yield cold
        cold.bench.close()


@pytest.fixture
def cold(postgres: PostgresServer, filled: str) -> Iterator[Cold]:
    with _cold(postgres, filled) as cold:
        yield cold


def test_what_a_re_scan_asks_for_is_in_the_cache_and_others_are_left_alone(cold: Cold) -> None:
    first = cold.warm()
    table, by_name, by_id = (cold.sizes[name] for name in ("recipient", "recipient_external_id", "recipient_pkey"))
    assert first["before"] < 0.2
    assert (first["after"], first["whole"]) == (1.0, True)
    assert table // 2 <= first["read"] <= first["pages"]
    assert first["pages"] <= (table + by_name + by_id) // 2 + table // 4, (
        "rows are met twice, and their pages count once"
    )
    assert cold.missing(TENANT) == 0
    assert cold.missing(OTHER) > table // 3
    rows = {(each["entity"], each["key"]): each["rows"] for each in first["keys"]}
    assert rows == {(name, key): 0 for name in ENTITIES for key in ("external_id", "id")} | {
        ("recipients", "external_id"): NAMED, ("recipients", "id"): MANY,
    }  # fmt: skip

    again = cold.warm()
    assert (again["read"], again["before"]) == (0, 1.0)


def test_a_tenant_that_is_larger_than_the_room_leaves_the_rest_and_says_so(
    cold: Cold, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warming, "SHARE_OF_CACHE", 800)  # of 256 MiB: 40 pages
    monkeypatch.setattr(warming, "STRETCH_ROWS", 100)
    monkeypatch.setattr(warm, "STRETCH_ROWS", 100)
    result = cold.warm()
    assert result["room"] == 40
    assert result["room"] <= result["read"] < result["room"] + 20, "what one stretch may bring comes upon it"
    assert (result["whole"], result["after"]) == (False, 1.0)
    keys = {(each["entity"], each["key"]): (each["rows"], each["whole"]) for each in result["keys"]}
    assert keys["data-transfers", "id"] == (0, True)
    rows, whole = keys["recipients", "external_id"]
    assert (0 < rows < NAMED, whole) == (True, False)
    assert keys["recipients", "id"] == (0, False)
    assert keys["processing-activities", "external_id"] == (0, False)


def test_a_tenant_that_has_nothing_is_warm(cold: Cold) -> None:
    result = cold.warm(uuid.uuid4())
    assert (result["whole"], sum(each["rows"] for each in result["keys"])) == (True, 0)
    assert result["read"] < 30, "ways down the keys"
