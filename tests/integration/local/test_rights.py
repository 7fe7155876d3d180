"""What the embedded PostgreSQL may do on this machine: nothing of root's, and no other program, whoever asks it."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from deploy.local.data_dir.ports import free_port
from deploy.local.servers.postgres import PostgresServer
from tests.fault.running.runner import children

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to be left")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A server in a directory that is its owner's alone, as a folder in /root is."""
    private = tmp_path_factory.mktemp("private")
    private.chmod(0o700)
    with PostgresServer(private / "postgres", free_port()) as server:
        yield server


@pytest.fixture
def superuser(server: PostgresServer) -> Iterator[psycopg.Connection]:
    """A session of the superuser: whoever has this may ask for anything."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE seen (line text)")
        yield connection


def credentials(pid: int) -> dict[str, set[str]]:
    """The ids and capabilities of a process, by their names in proc(5)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: set(rest.split()) for name, _, rest in (line.partition(":") for line in lines)}


@needs_root
def test_no_process_of_it_is_roots_in_any_way(server: PostgresServer, superuser: psycopg.Connection) -> None:
    pids = [server.pid, *children(server.pid)]
    assert superuser.info.backend_pid in pids
    for pid in pids:
        found = credentials(pid)
        assert "0" not in found["Uid"] | found["Gid"] | found["Groups"], pid
        for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            assert found[kind] == {"0" * 16}, (pid, kind)
        assert Path(f"/proc/{pid}/uid_map").read_text().split() == Path("/proc/self/uid_map").read_text().split()


@pytest.mark.parametrize("program", ["id", "cat /etc/shadow", "/bin/true"])
@pytest.mark.parametrize("way", ["FROM", "TO"])
def test_no_program_is_run_for_anybody(superuser: psycopg.Connection, program: str, way: str) -> None:
    with pytest.raises(psycopg.Error, match="could not execute command"):
        superuser.execute(f"COPY seen {way} PROGRAM '{program}'")


@needs_root
def test_a_file_for_root_alone_is_not_read(superuser: psycopg.Connection) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        superuser.execute("COPY seen FROM '/etc/shadow'")


def test_it_cannot_get_rights_by_starting_a_file(server: PostgresServer) -> None:
    for pid in [server.pid, *children(server.pid)]:
        assert re.search(r"^NoNewPrivs:\s+1$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
