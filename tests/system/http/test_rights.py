"""What the running stack's services may do in PostgreSQL, and what is told to whoever looks over a shoulder."""

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.system.api import Stack


def test_each_service_logs_in_as_itself(stack: Stack) -> None:
    rows = stack.database.execute(
        "SELECT DISTINCT application_name, usename FROM pg_stat_activity"
        " WHERE application_name ~ '^sluice-(ingest|writer|console)'"
    ).fetchall()
    logins = {row["application_name"].removeprefix("sluice-").split("-")[0]: row["usename"] for row in rows}
    assert logins == {"ingest": "sluice_ingest", "writer": "sluice_writing", "console": "sluice_console"}
    rights = stack.database.execute(
        "SELECT rolname FROM pg_roles WHERE rolname IN ('sluice_ingest', 'sluice_writing', 'sluice_console')"
        " AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolinherit OR rolbypassrls"
        "      OR pg_has_role(oid, 'pg_execute_server_program', 'MEMBER'))"
    )
    assert rights.fetchall() == []


def test_nobody_has_the_server_run_a_program(stack: Stack) -> None:
    stack.database.execute("CREATE TEMP TABLE seen (line text)")
    for program in ("cat /etc/shadow", "id"):
        with pytest.raises(psycopg.Error):
            stack.database.execute(f"COPY seen FROM PROGRAM '{program}'")


def test_what_up_prints_holds_no_password(stack: Stack) -> None:
    log = stack.data_dir.parent / f"{stack.data_dir.name}.log"
    if not log.exists():
        pytest.skip("the stack was started by somebody else")
    said, described = log.read_text(), stack.described()
    assert "PostgreSQL" in said
    for address in (described["database_url"], described["redis_url"]):
        assert address not in said
        assert str(conninfo_to_dict(described["database_url"])["password"]) not in said
        assert described["redis_url"].split("@")[0].rpartition(":")[2] not in said
