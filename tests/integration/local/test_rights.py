"""What the embedded PostgreSQL may do on this machine: nothing of root's, and no other program, whoever asks it."""

import os
from collections.abc import Iterator
from contextlib import suppress
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


def credentials(server: PostgresServer) -> dict[int, dict[str, set[str]]]:
    """What each of its processes is and may, by the names in proc(5); one that has ended meanwhile is left out."""
    found: dict[int, dict[str, set[str]]] = {}
    for pid in [server.pid, *children(server.pid)]:
        with suppress(FileNotFoundError, ProcessLookupError):
            process = Path(f"/proc/{pid}")
            pairs = [line.partition(":")[::2] for line in (process / "status").read_text().splitlines()]
            pairs.append(("uid_map", (process / "uid_map").read_text()))
            found[pid] = {name: set(rest.split()) for name, rest in pairs}
    assert server.pid in found
    return found


@needs_root
def test_no_process_of_it_is_roots_in_any_way(server: PostgresServer, superuser: psycopg.Connection) -> None:
    processes = credentials(server)
    assert superuser.info.backend_pid in processes
    for pid, found in processes.items():
        assert "0" not in found["Uid"] | found["Gid"] | found["Groups"], pid
        for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            assert found[kind] == {"0" * 16}, (pid, kind)
        assert found["uid_map"] == set(Path("/proc/self/uid_map").read_text().split()), pid


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
    for pid, found in credentials(server).items():
        assert found["NoNewPrivs"] == {"1"}, pid
