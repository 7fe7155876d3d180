"""`sluice migrate --distribute`: what it would do with the real schema, and that it refuses where there are no nodes.

No PostgreSQL here has Citus. What is said is held against the catalogue; what any PostgreSQL can run of it, is run.
"""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace
from psycopg import sql

from deploy.local.servers.postgres import PostgresServer
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.texts import LANGUAGE
from libs.database.command import migrate as command
from libs.database.migrations import available
from libs.database.nodes.catalogue import Catalogue, Table, read
from libs.database.nodes.plan import FIRST, LINKS, ROLES, TENANT, in_order, preparing, spreading
from libs.database.nodes.running import LOCK_KEY
from libs.database.server.pool import PLANS
from tests.servers import cloned_database, with_database

CUT = re.compile(r"SELECT create_distributed_table\('([\w.]+)', 'tenant_id', colocate_with => '([\w.]+)'\)")
WHOLE = re.compile(r"SELECT create_reference_table\('([\w.]+)'\)")
MADE = re.compile(r"CREATE UNLOGGED TABLE ([\w.]+)")
NOBODYS = {"ingest.installation", "ingest.statistics_progress", "ingest.versions_at_work"}
TENANTS = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_attribute ON attrelid = c.oid
WHERE attname = 'tenant_id' AND relkind IN ('r', 'p') AND NOT relispartition
"""
STATE = """
SELECT (SELECT array_agg(relname ORDER BY oid) FROM pg_class), (SELECT count(*) FROM pg_db_role_setting),
       (SELECT array_agg(pg_roles::text ORDER BY oid) FROM pg_roles)
"""


@pytest.fixture(params=["template", "template_in_parts"])
def url(request: pytest.FixtureRequest, postgres: PostgresServer) -> Iterator[str]:
    """A migrated database, with tables as they are and in parts."""
    with cloned_database(postgres.url, str(request.getfixturevalue(request.param))) as url:
        yield url


@pytest.fixture
def database(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A session in it, of which nothing stays: roles are the whole server's."""
    with psycopg.connect(url) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def empty_url(postgres: PostgresServer) -> Iterator[str]:
    """A database that nobody has migrated."""
    name = f"empty_{uuid.uuid4().hex}"
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield with_database(postgres.url, name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def run(url: str, *options: str) -> Result:
    return CliRunner().invoke(command, ["--database-url", url, *options])


def state(url: str) -> tuple[Any, ...] | None:
    with psycopg.connect(url) as connection:
        return connection.execute(STATE).fetchone()


def as_spread(catalogue: Catalogue) -> Catalogue:
    """The same once the nodes have all tables."""
    return replace(catalogue, tables=tuple(replace(table, spread=True) for table in catalogue.tables))


def execute(database: psycopg.Connection[Any], statements: list[str]) -> None:
    for statement in statements:
        database.execute(statement.encode())


def test_each_table_is_spread_once(database: psycopg.Connection[Any]) -> None:
    said = spreading(read(database))
    expected = {name for (name,) in database.execute(TENANTS)}
    staged = {f"ingest.staging_{entity.table}" for entity in ENTITIES.values()}
    cut = [found for each in said if (found := CUT.fullmatch(each))]
    names = [found[1] for found in cut]
    assert len(names) == len(set(names))
    assert set(names) == expected | staged
    assert {each for each in said if WHOLE.fullmatch(each)} == {
        f"SELECT create_reference_table('{name}')" for name in NOBODYS
    }
    assert {found[2] for found in cut[1:]} == {FIRST}  # all are cut alike
    assert cut[0][2] == "none"


def test_what_is_referred_to_comes_first_and_links_last(database: psycopg.Connection[Any]) -> None:
    catalogue = read(database)
    said = spreading(catalogue)
    names = [found[1] for each in said if (found := CUT.fullmatch(each))]
    assert names[0] == FIRST
    assert set(names[-len(LINKS) :]) == set(LINKS)
    pairs = [(target, table.name) for table in catalogue.tables for target in table.refers_to]
    assert len(pairs) >= 2
    assert [pair for pair in pairs if names.index(pair[0]) > names.index(pair[1])] == []
    # Triggers of tables with a tenant read those without one, and nothing is spread before it is made.
    first_cut = next(at for at, each in enumerate(said) if CUT.fullmatch(each))
    assert max(at for at, each in enumerate(said) if WHOLE.fullmatch(each) or MADE.match(each)) < first_cut


def test_tables_that_refer_to_one_another_are_sorted_whatever_they_are_called() -> None:
    columns = {TENANT: "uuid"}
    tables = [
        Table("work.a", columns, frozenset({"work.b"})), Table("work.b", columns, frozenset({"work.c"})),
        Table("work.c", columns, frozenset({"work.c"})), Table(FIRST, columns), Table("work.nobody", {}),
    ]  # fmt: skip
    assert in_order({table.name: table for table in tables}) == [FIRST, "work.c", "work.b", "work.a"]


def test_staging_tables_are_made_and_made_again_when_columns_have_changed(database: psycopg.Connection[Any]) -> None:
    making = [each for each in spreading(read(database)) if not (CUT.fullmatch(each) or WHOLE.fullmatch(each))]
    assert len([each for each in making if MADE.match(each)]) == len(ENTITIES)
    execute(database, making)
    there = as_spread(read(database))
    assert spreading(there) == []
    assert spreading(replace(there, tables=there.tables[::-1])) == []
    database.execute("ALTER TABLE inventory.recipient ALTER contact TYPE varchar(9)")
    said = spreading(as_spread(read(database)))
    name = "ingest.staging_recipient"
    assert said[0] == f"DROP TABLE {name}"
    assert [found[1] for each in said if (found := CUT.fullmatch(each))] == [name]
    execute(database, said[:-1])
    assert spreading(as_spread(read(database))) == []


def test_a_table_that_comes_later_is_spread_alone(database: psycopg.Connection[Any]) -> None:
    spread = as_spread(read(database))
    tables = [replace(table, spread=table.name != "work.webhook") for table in spread.tables]
    said = [each for each in spreading(replace(spread, tables=tuple(tables))) if "staging" not in each]
    assert said == [f"SELECT create_distributed_table('work.webhook', 'tenant_id', colocate_with => '{FIRST}')"]


def test_roles_may_log_in_and_begin_with_what_nodes_need(database: psycopg.Connection[Any]) -> None:
    said = preparing(read(database))
    assert {f"ALTER ROLE {role} LOGIN" for role in ROLES} <= set(said)
    execute(database, said)
    after = read(database)
    assert {role: after.roles[role] for role in ROLES} == dict.fromkeys(ROLES, True)
    assert {("", "citus.enable_unsafe_triggers=on"), ("", "citus.propagate_set_commands=local")} <= after.settings
    for role, plans in PLANS.items():
        assert {(role, f"{name}={value}") for name, value in plans.items()} <= after.settings
    assert preparing(after) == []


def test_roles_that_are_missing_are_made_with_the_rights_that_they_have(database: psycopg.Connection[Any]) -> None:
    catalogue = read(database)
    said = preparing(replace(catalogue, roles={}))
    made = {each.split()[2]: each for each in said if each.startswith("CREATE ROLE")}
    assert set(made) == set(ROLES)
    passing = database.execute("SELECT rolname FROM pg_roles WHERE rolbypassrls AND rolname = ANY(%s)", [list(ROLES)])
    assert {role for role, each in made.items() if "BYPASSRLS" in each} == {role for (role,) in passing}


@pytest.mark.parametrize(("language", "words"), [("en", "no extension citus"), ("vi", "chưa có phần mở rộng citus")])
def test_it_refuses_where_there_are_no_nodes_and_says_what_to_do(empty_url: str, language: str, words: str) -> None:
    before = state(empty_url)
    result = CliRunner(env={LANGUAGE: language}).invoke(command, ["--database-url", empty_url, "--distribute"])
    assert result.exit_code == 1
    for part in (words, "CREATE EXTENSION citus", "citus_add_node"):
        assert part in result.output
    assert state(empty_url) == before


@pytest.mark.parametrize(("language", "words"), [("en", "Somebody is spreading"), ("vi", "Đang có một lần phân tán")])
def test_one_at_a_time_spreads_them(empty_url: str, language: str, words: str) -> None:
    before = state(empty_url)
    with psycopg.connect(empty_url) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
        result = CliRunner(env={LANGUAGE: language}).invoke(command, ["--database-url", empty_url, "--distribute"])
    assert (result.exit_code, state(empty_url)) == (1, before)
    assert words in result.output
    for _ in range(2):  # whoever has ended, however, is in nobody's way
        assert "no extension citus" in run(empty_url, "--distribute").output


def test_a_dry_run_says_all_and_does_nothing(url: str) -> None:
    before = state(url)
    result = run(url, "--distribute", "--dry-run")
    assert (result.exit_code, state(url)) == (0, before)
    with psycopg.connect(url) as connection:
        catalogue = read(connection)
    assert result.output.splitlines() == [f"{each};" for each in (*preparing(catalogue), *spreading(catalogue))]


def test_a_dry_run_names_the_migrations_that_come_first(empty_url: str) -> None:
    before = state(empty_url)
    assert run(empty_url, "--dry-run").output.splitlines() == available()
    lines = run(empty_url, "--distribute", "--dry-run").output.splitlines()
    assert lines[-len(available()) :] == available()
    assert state(empty_url) == before


def test_tables_of_an_older_schema_are_staged_once_it_is_the_newest(database: psycopg.Connection[Any]) -> None:
    database.execute("ALTER TABLE inventory.recipient DROP COLUMN service")
    made = [found[1] for each in spreading(read(database)) if (found := MADE.match(each))]
    assert len(made) == len(ENTITIES) - 1
