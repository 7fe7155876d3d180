"""Whose rows a transaction sees is said by a statement that a coordinator passes on to its nodes."""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg_pool import ConnectionPool

from libs.database.queries import QUERIES
from libs.database.server.pool import open_pool
from libs.database.tenants import as_tenant
from tests.root import ROOT


@pytest.fixture
def pool(database_url: str) -> Iterator[ConnectionPool]:
    """One session, as ingest and the console have them."""
    with open_pool(database_url, "sluice_reader", name="test", size=1, statement_timeout_s=5, timeout_s=5) as pool:
        yield pool


def test_it_is_sent_as_a_set_and_holds_for_the_transaction(
    pool: ConnectionPool, tenant: uuid.UUID, tmp_path: Path
) -> None:
    with (tmp_path / "wire").open("w+") as wire:
        with pool.connection() as connection:
            connection.pgconn.trace(wire.fileno())
        with as_tenant(pool, tenant) as cursor:
            seen = cursor.execute("SELECT ingest.current_tenant() AS tenant").fetchone()
        with pool.connection() as connection:
            connection.pgconn.untrace()
            after = connection.execute("SELECT ingest.current_tenant()").fetchone()
            told = connection.execute("SHOW citus.propagate_set_commands").fetchone()
        wire.seek(0)
        sent = re.findall(r"\tQuery\t \"(.*?)\"", wire.read())
    assert (seen, after, told) == ({"tenant": tenant}, (None,), ("local",))
    assert f"SET LOCAL sluice.tenant_id = '{tenant}'" in sent


def test_what_many_tenants_are_told_pushes_no_statement_out(pool: ConnectionPool) -> None:
    for tenant in [uuid.uuid4() for _ in range(3)] * 8:
        with as_tenant(pool, tenant) as cursor:
            cursor.execute("SELECT ingest.current_tenant()")
    with pool.connection() as connection:
        prepared = connection.execute("SELECT statement FROM pg_prepared_statements").fetchall()
    assert [statement for (statement,) in prepared if "sluice.tenant_id" in statement] == []


def test_no_statement_sets_by_a_function_what_nodes_must_know() -> None:
    by_function = {name for name, statement in QUERIES.items() if "set_config" in statement}
    assert by_function == {
        "state_session",  # what a session writes and reads dates and bytes as: between us and the coordinator
        "unbounded_session",  # of a dump, which the coordinator makes
    }


def test_it_is_said_in_one_place() -> None:
    places = [
        path.relative_to(ROOT).as_posix()
        for folder in ("libs", "services", "deploy")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".sql") and "migrations" not in path.parts and "sluice.tenant_id" in path.read_text()
    ]
    assert places == ["libs/database/tenants.py"]
