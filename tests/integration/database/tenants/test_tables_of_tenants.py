"""Tables and statements that a PostgreSQL distributed by tenant can have: each row, key and link is one tenant's.

What stands here is what Citus refuses, or answers wrongly, in words of the catalogue that every PostgreSQL has.
"""

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from deploy.local.servers.postgres import PostgresServer
from libs.database.queries import QUERIES
from tests.root import ROOT
from tests.servers import cloned_database

OF_NOBODY = {"ingest.installation", "ingest.statistics_progress", "ingest.versions_at_work"}
"""Tables that concern no tenant: each is small, and whole on every node."""
STEADY = {"coalesce", "greatest", "least", "values", "where"}
"""What may be called where a row that is there already is changed: it gives the same on each node, at any time."""
TABLES = """
SELECT c.oid::regclass::text,
       array(SELECT attname FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND attnotnull)
FROM pg_class c WHERE relnamespace = ANY('{inventory,ingest,work}'::regnamespace[]) AND relkind IN ('r', 'p') ORDER BY 1
"""
UNIQUE = """
SELECT indexrelid::regclass::text, 'tenant_id' = ANY(SELECT attname FROM pg_attribute
    WHERE attrelid = indrelid AND attnum = ANY(indkey)), indrelid::regclass::text
FROM pg_index JOIN pg_class c ON c.oid = indrelid
WHERE indisunique AND relnamespace = ANY('{inventory,ingest,work}'::regnamespace[])
"""
LINKS = """
SELECT conname, (SELECT attname FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[place]),
       (SELECT attname FROM pg_attribute WHERE attrelid = confrelid AND attnum = confkey[place])
FROM pg_constraint CROSS JOIN LATERAL generate_subscripts(conkey, 1) AS place WHERE contype = 'f'
"""


@pytest.fixture(scope="module")
def database(postgres: PostgresServer, template: str) -> Iterator[psycopg.Connection[Any]]:
    """A migrated database."""
    with cloned_database(postgres.url, template) as url, psycopg.connect(url) as connection:
        yield connection


def text_of(name: str) -> str:
    """A statement without what is said about it."""
    return re.sub(r"--.*", "", QUERIES[name]).strip()


def test_every_row_is_a_tenants(database: psycopg.Connection[Any]) -> None:
    tables = dict(database.execute(TABLES).fetchall())
    assert {name for name, columns in tables.items() if "tenant_id" not in columns} == OF_NOBODY


def test_no_key_is_unique_among_tenants(database: psycopg.Connection[Any]) -> None:
    keys = database.execute(UNIQUE).fetchall()
    assert len(keys) > 20
    assert [name for name, of_tenant, table in keys if not of_tenant and table not in OF_NOBODY] == []


def test_no_link_leads_from_one_tenant_to_another(database: psycopg.Connection[Any]) -> None:
    pairs: dict[str, set[tuple[str, str]]] = {}
    for name, column, target in database.execute(LINKS):
        pairs.setdefault(name, set()).add((column, target))
    assert pairs
    assert [name for name, columns in pairs.items() if ("tenant_id", "tenant_id") not in columns] == []


@pytest.mark.parametrize("name", [name for name in QUERIES if "DO UPDATE" in QUERIES[name]])
def test_a_row_that_is_there_is_changed_by_what_was_sent_alone(name: str) -> None:
    """Times among it: `excluded` has the one that was taken when the row was to be new."""
    changes = re.search(r"DO UPDATE\s+SET(.*?)(?:RETURNING|\)\s*,|$)", text_of(name), re.DOTALL)
    assert changes
    assert set(re.findall(r"\b([a-z_]+) ?\(", changes[1])) <= STEADY


@pytest.mark.parametrize("name", QUERIES)
def test_a_statement_is_one(name: str) -> None:
    assert ";" not in text_of(name)


def test_what_crosses_tenants_is_known(database: psycopg.Connection[Any]) -> None:
    """And said in the document about scaling."""
    tables = {name for (name, _) in database.execute(TABLES)} - OF_NOBODY
    of_tenants = re.compile("|".join(rf"\b{re.escape(table)}\b" for table in tables))
    across = {
        name
        for name in QUERIES
        if of_tenants.search(text_of(name)) and not re.search(r"%\(tenant(s|_id)?\)s", text_of(name))
    }
    said = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
    assert "open_jobs" in across
    assert (
        sorted(name for name in across if not name.startswith(("lacking_", "copy_")) and f"`{name}`" not in said) == []
    )
