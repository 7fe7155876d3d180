"""A script of SQL is cut into its statements, and nothing of it is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.database.migrations import BOUNDS, MIGRATIONS, available
from libs.database.scripts import statements

SPLIT = [
    ("SELECT 1; SELECT 2", 2),
    ("SELECT 1;SELECT 2;", 2),
    ("SELECT 1;\n-- the end; really\n/* and; this */\n", 1),
    ("-- nothing; here", 1),
    ("", 1),
    # What has a semicolon in it that ends nothing.
    ("SELECT ';'; SELECT 'it''s; one'; SELECT ''", 3),
    (r"SELECT E'\'; still'; SELECT e'\\'; SELECT 'no \'; SELECT 4", 4),
    (r"SELECT typee'\'; SELECT 2", 2),
    ("SELECT U&'d;\\0061t' UESCAPE '\\'; SELECT B'0;'", 2),
    ('SELECT "a;""b;"; SELECT 2', 2),
    ("SELECT 1 -- one; two\n; SELECT 2", 2),
    ("SELECT 1 /* a; /* b; */ c; */; SELECT 2", 2),
    ("SELECT '/*'; SELECT '*/'; SELECT '--'; SELECT 4", 4),
    ("SELECT 1 -- it's\n; SELECT 2", 2),
    ("DO $$ BEGIN PERFORM 1; END $$; SELECT 2", 2),
    ("DO $a$ BEGIN PERFORM $$;$$; PERFORM $b$;$b$; END $a$; SELECT 2", 2),
    ("DO $é1$ ;$e1$; $é1$; SELECT 2", 2),
    ("SELECT a$b$; SELECT c$b$", 2),
    ("SELECT $1; SELECT $1", 2),
    ("CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2); SELECT 2", 2),
    # Bodies that are no strings.
    ("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END; SELECT 2", 2),
    ("create function f() returns int begin\n\tatomic select (case when true then 2 end); end; select 2", 2),
    ("BEGIN; SELECT CASE WHEN true THEN 2 END; END; SELECT 4", 4),
    ("SELECT 1 AS begin; SELECT 'begin atomic'; SELECT beginatomic; SELECT 4", 4),
    # What is never closed takes the rest.
    ("SELECT 1; SELECT 'a; SELECT 3;", 2),
    ("SELECT 1; DO $$ ; $ $; SELECT 3", 2),
    ("SELECT 1; SELECT 2 /* /* ; */ ; SELECT 3", 2),
    ('SELECT 1; SELECT "a; SELECT 3', 2),
]
PIECES = [*"'\";\n()\\éx", "$$", "$a$", "--", "/*", "*/", "E'", "begin atomic ", "case ", "end "]
BEGINNINGS = ("CREATE ", "ALTER ", "GRANT ", "DO $$", "DROP ")


@pytest.mark.parametrize(("script", "count"), SPLIT)
def test_statements_are_told_apart(script: str, count: int) -> None:
    parts = statements(script)
    assert len(parts) == count
    assert "".join(parts) == script


@pytest.mark.parametrize("name", available())
def test_the_statements_of_a_migration_are_its_text(name: str) -> None:
    script = (MIGRATIONS / name).read_text(encoding="utf-8")
    parts = statements(script)
    assert "".join(parts) == script
    # Each begins a line, and ends one.
    assert len(parts) >= sum(line.startswith(BEGINNINGS) for line in script.splitlines())
    assert all(part.rstrip().endswith(";") and part.startswith("\n") for part in parts[1:])


def test_bounds_are_statements_of_their_own() -> None:
    assert len(statements(BOUNDS)) == BOUNDS.count("SET LOCAL")


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_nothing_is_lost_of_any_text(script: str) -> None:
    assert "".join(statements(script)) == script
