"""The embedded servers and their supervisor, on real processes. The same tests hold for PostgreSQL and Valkey."""

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import jwt
import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from deploy.local.data_dir import ports
from deploy.local.data_dir.layout import Layout
from deploy.local.data_dir.ports import Ports, free_port
from deploy.local.errors import StackError
from deploy.local.plan import StackOptions
from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.server import Server
from deploy.local.servers.valkey import ValkeyServer
from deploy.local.stack import Stack
from deploy.local.supervision.claim import Claim
from deploy.local.supervision.process import LAUNCHER
from deploy.local.tokens import make_token
from tests.root import ROOT
from tests.waiting import wait_until

PATIENCE = 20.0

RUN_SERVER = """
import sys, threading
from pathlib import Path
from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
server = {"postgres": PostgresServer, "valkey": ValkeyServer}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
print(server.start().pid, flush=True)
threading.Event().wait()
"""

SUPERVISE = """
import sys
from pathlib import Path
from deploy.local.supervision.supervisor import Supervisor
from deploy.local.servers.valkey import ValkeyServer
server = ValkeyServer(Path(sys.argv[1]), int(sys.argv[2]))
supervisor = Supervisor(lambda *_: None, lambda: print(supervisor.pids["valkey"], flush=True))
with supervisor.signals():
    supervisor.bring_up([server.program()])
    print(supervisor.pids["valkey"], flush=True)
    supervisor.watch()
    supervisor.shut_down()
"""


@dataclass(frozen=True)
class Kind:
    """One of the two servers, and how a test writes and reads in it."""

    name: str
    server: type[Server]
    put: Callable[[str, str], None]
    get: Callable[[str], str | None]

    def at(self, data_dir: Path) -> Server:
        return self.server(data_dir, free_port())


def put_in_postgres(url: str, value: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (value text)")
        connection.execute("INSERT INTO note VALUES (%s)", (value,))


def get_from_postgres(url: str) -> str | None:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT value FROM note").fetchone()
    return str(row[0]) if row else None


def put_in_valkey(url: str, value: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.set("note", value)


def get_from_valkey(url: str) -> str | None:
    with redis.Redis.from_url(url, decode_responses=True) as client:
        value = client.get("note")
    return None if value is None else str(value)


POSTGRES = Kind("postgres", PostgresServer, put_in_postgres, get_from_postgres)
VALKEY = Kind("valkey", ValkeyServer, put_in_valkey, get_from_valkey)


@pytest.fixture(params=[POSTGRES, VALKEY], ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture
def background() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Runs Python code in a process of its own that prints lines; it is killed after the test."""
    started: list[subprocess.Popen[str]] = []

    def run(code: str, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", code, *map(str, arguments)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def next_pid(process: subprocess.Popen[str]) -> int:
    assert process.stdout
    return int(process.stdout.readline())


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent to notice does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def kill_and_wait(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid), PATIENCE, f"the end of process {pid}")


def test_a_server_starts_keeps_what_it_is_given_and_stops(kind: Kind, tmp_path: Path) -> None:
    server = kind.at(tmp_path)
    server.start()
    pid = server.pid
    kind.put(server.url, "kept")
    server.stop()
    assert not is_alive(pid)
    assert ports.is_free(server.port)
    with server:
        assert kind.get(server.url) == "kept"


def test_a_killed_server_recovers_with_its_data(kind: Kind, tmp_path: Path) -> None:
    server = kind.at(tmp_path)
    server.start()
    kind.put(server.url, "acknowledged")
    kill_and_wait(server.pid)
    server.stop()
    with server:
        assert kind.get(server.url) == "acknowledged"


def test_a_server_dies_with_its_parent_and_its_successor_goes_on(
    kind: Kind, tmp_path: Path, background: Callable[..., subprocess.Popen[str]]
) -> None:
    server = kind.at(tmp_path)
    parent = background(RUN_SERVER, kind.name, tmp_path, server.port)
    pid = next_pid(parent)
    kind.put(server.url, "acknowledged")
    parent.kill()
    wait_until(lambda: not is_alive(pid), PATIENCE, "the end of the server")
    with server:
        assert kind.get(server.url) == "acknowledged"


def test_an_orphan_on_the_same_data_dir_is_ended_first(
    kind: Kind, tmp_path: Path, background: Callable[..., subprocess.Popen[str]]
) -> None:
    server = kind.at(tmp_path)
    parent = background(RUN_SERVER, kind.name, tmp_path, server.port)
    orphan = next_pid(parent)
    kind.put(server.url, "acknowledged")
    if kind is POSTGRES:
        os.kill(orphan, signal.SIGSTOP)  # a stopped process does not act on its parent's death
    kill_and_wait(parent.pid)
    with server:
        wait_until(lambda: not is_alive(orphan), PATIENCE, "the end of the orphan")
        assert kind.get(server.url) == "acknowledged"


def test_the_backends_of_a_killed_postmaster_do_not_hinder_the_next(tmp_path: Path) -> None:
    server = POSTGRES.at(tmp_path)
    server.start()
    with closing(psycopg.connect(server.url)) as connection:
        backend = connection.info.backend_pid
        os.kill(backend, signal.SIGSTOP)  # so it does not notice that the postmaster is gone
        kill_and_wait(server.pid)
        assert is_alive(backend)
        server.stop()
        wait_until(lambda: not is_alive(backend), PATIENCE, "the end of the backend")
    server.start()
    server.stop()


def test_a_living_owner_is_not_disturbed(kind: Kind, tmp_path: Path) -> None:
    with kind.at(tmp_path) as first:
        with pytest.raises(StackError, match="runs already"):
            kind.at(tmp_path).start()
        kind.put(first.url, "undisturbed")


def test_two_run_side_by_side(kind: Kind, tmp_path: Path) -> None:
    with kind.at(tmp_path / "one") as one, kind.at(tmp_path / "two") as two:
        kind.put(one.url, "of one")
        kind.put(two.url, "of two")
        assert (kind.get(one.url), kind.get(two.url)) == ("of one", "of two")


def test_a_server_that_cannot_start_says_why_and_leaves_nothing(kind: Kind, tmp_path: Path) -> None:
    with socket.create_server((ports.HOST, 0)) as taken:
        server = kind.server(tmp_path, taken.getsockname()[1])
        with pytest.raises(StackError, match=r"(?i)in use"):
            server.start(timeout=PATIENCE)
    assert server.pid == 0


def test_the_password_is_for_the_owner_alone_and_asked_for(tmp_path: Path) -> None:
    with POSTGRES.at(tmp_path / "postgres") as postgres, VALKEY.at(tmp_path / "valkey") as valkey:
        for server in (postgres, valkey):
            assert stat.S_IMODE((server.data_dir / "password").stat().st_mode) == 0o600
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(host=ports.HOST, port=postgres.port, user="sluice", dbname="sluice", password="guess")
        stranger = redis.Redis(ports.HOST, valkey.port, retry=Retry(NoBackoff(), 0))
        with stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()


def test_postgres_never_trades_durability(tmp_path: Path) -> None:
    with POSTGRES.at(tmp_path) as server, psycopg.connect(server.url) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
            assert connection.execute(f"SHOW {setting}").fetchone() == ("on",), setting
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)


def test_valkey_acknowledges_what_is_synced_and_never_evicts(tmp_path: Path) -> None:
    with VALKEY.at(tmp_path) as server, redis.Redis.from_url(server.url, decode_responses=True) as client:
        client.set("note", "durable")
        assert client.execute_command("WAITAOF", 1, 0, 1_000)[0] == 1
        settings = client.config_get("appendfsync", "maxmemory-policy", "maxmemory")
        assert settings == {"appendfsync": "always", "maxmemory-policy": "noeviction", "maxmemory": str(1024**3)}


def test_what_a_killed_initdb_left_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "cluster.4711"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with POSTGRES.at(tmp_path) as server:
        put_in_postgres(server.url, "works")
    assert not half.exists()


def test_a_process_id_that_is_another_process_now_does_not_hinder_the_start(tmp_path: Path) -> None:
    server = POSTGRES.at(tmp_path)
    server.start()
    pid_file = server.data_dir / "cluster" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    kill_and_wait(server.pid)
    server.stop()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        pid_file.write_text("\n".join([str(other.pid), *lines[1:]]))
        with server:
            put_in_postgres(server.url, "works")
        assert other.poll() is None
        other.kill()


def test_the_supervisor_restarts_what_dies_and_stops_what_it_started(
    tmp_path: Path, background: Callable[..., subprocess.Popen[str]]
) -> None:
    server = VALKEY.at(tmp_path)
    supervisor = background(SUPERVISE, tmp_path, server.port)
    first = next_pid(supervisor)
    put_in_valkey(server.url, "acknowledged")
    os.kill(first, signal.SIGKILL)
    second = next_pid(supervisor)
    assert second != first
    wait_until(lambda: server.program().ready(), PATIENCE, "the restarted server")
    assert get_from_valkey(server.url) == "acknowledged"
    supervisor.terminate()
    assert supervisor.wait(PATIENCE) == 0
    assert not is_alive(second)


def test_two_stacks_on_one_data_dir_are_refused(tmp_path: Path) -> None:
    options = StackOptions(data_dir=tmp_path, ingest_port=None, console_port=None, writers=1, processors=1, environ={})
    other = Claim(Layout(tmp_path).lock)
    assert other.take()
    with pytest.raises(StackError, match="runs already"):
        Stack(options, lambda *_: None, lambda *_: None).run()
    other.let_go()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to be left")
def test_without_user_namespaces_root_is_left_through_another_account(tmp_path: Path) -> None:
    private = tmp_path / "private"
    owned = private / "owned"
    owned.mkdir(parents=True)
    private.chmod(0o700)
    refuse_namespaces = f"""
import runpy, sys
def refuse(account):
    raise PermissionError("refused")
names = runpy.run_path({LAUNCHER!r})["main"].__globals__
names["enter_user_namespace"] = refuse
names["main"](*sys.argv[1:])
"""
    arguments = [str(os.getpid()), "9", str(owned), "/bin/sh", "-c", f"id -u; touch {owned}/made"]
    done = subprocess.run(
        [sys.executable, "-c", refuse_namespaces, *arguments], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) != 0
    assert (owned / "made").stat().st_uid == int(done.stdout)


def test_ports_are_kept_and_lie_outside_the_ephemeral_range(tmp_path: Path) -> None:
    kept = tmp_path / "ports.json"
    with Ports(kept) as first_run:
        postgres, valkey = first_run.get("postgres"), first_run.get("valkey")
    assert postgres != valkey
    low, high = map(int, ports.EPHEMERAL.read_text().split())
    assert not any(low <= port <= high for port in (postgres, valkey))
    with socket.create_server((ports.HOST, postgres)), Ports(kept) as second_run:
        assert second_run.get("valkey") == valkey
        assert second_run.get("postgres") != postgres


def test_a_port_that_one_stack_was_given_is_not_given_to_another(tmp_path: Path) -> None:
    port = free_port()
    with Ports(tmp_path / "one.json") as one, Ports(tmp_path / "two.json") as two:
        assert one.get("ingest", port) == port
        assert two.get("ingest", port) != port
        assert not two.take("ingest", port)
    with Ports(tmp_path / "two.json") as two:
        assert two.take("ingest", port)


def test_a_token_carries_the_claims_and_needs_a_stack(tmp_path: Path) -> None:
    tenant = uuid4()
    with pytest.raises(StackError, match="sluice up --data-dir"):
        make_token(tmp_path, tenant, subject="test")
    (tmp_path / "token-secret").write_text("5" * 64)
    token = make_token(tmp_path, tenant, subject="test", scope="jobs:read", ttl=60)
    claims = jwt.decode(token, "5" * 64, algorithms=["HS256"], audience="sluice", issuer="sluice")
    assert (claims["sub"], claims["tenant"], claims["scope"]) == ("test", str(tenant), "jobs:read")
    assert claims["exp"] - claims["iat"] == 60
