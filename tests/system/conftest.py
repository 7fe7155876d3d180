"""One running stack for the whole session; a fresh tenant for every test."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.data_dir.layout import Layout
from deploy.local.servers.postgres import PostgresServer
from tests.partitioned import migrate_in_parts
from tests.root import ROOT
from tests.system.api import Stack, Tenant
from tests.system.samples import RECIPIENT
from tests.waiting import wait_until

BOOT = 120.0
"""Seconds from the start of the stack to its stack.json."""
DRAIN = 40.0
"""Seconds from SIGTERM to the end of the stack."""


def free_port() -> int:
    """A TCP port that nobody listened on a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextlib.contextmanager
def started_stack(data_dir: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """`sluice up` on this data directory, in a session of its own; gives its process.

    With `SCHEMA=parts` its tables are cut into parts by tenant before it starts, and it finds nothing to migrate.
    """
    if os.environ.get("SCHEMA") == "parts" and not data_dir.joinpath("postgres").exists():
        prepare_in_parts(data_dir)
    command = [sys.executable, "-m", "libs.client.commands.command", "up", "--data-dir", str(data_dir)]
    command += ["--ingest-port", str(free_port()), "--console-port", "0", "--writers", "2"]
    log = data_dir.parent / f"{data_dir.name}.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output, start_new_session=True) as process,
    ):
        try:
            wait_until(
                lambda: (data_dir / "stack.json").exists() or process.poll() is not None, BOOT, f"stack.json, see {log}"
            )
            assert process.poll() is None, f"the stack ended at its start:\n{log.read_text(errors='replace')[-4000:]}"
            yield process
        finally:
            stop(process)


def prepare_in_parts(data_dir: Path) -> None:
    """Migrate the database of a stack that is yet to start."""
    layout, scripts = Layout(data_dir), data_dir.parent / f"{data_dir.name}-migrations"
    layout.root.mkdir(mode=0o711, exist_ok=True)
    layout.root.chmod(0o711)
    scripts.mkdir()
    with PostgresServer(layout.server("postgres"), free_port(), layout.log("postgres")) as server:
        migrate_in_parts(server.url, scripts)


def stop(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM and time to drain, then SIGKILL for all that the stack started."""
    if process.poll() is not None:
        return
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(DRAIN)
        return
    os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The running system: the one that SLUICE_TEST_STACK names by its data directory, else one of our own."""
    with contextlib.ExitStack() as running:
        given = os.environ.get("SLUICE_TEST_STACK")
        data_dir = Path(given) if given else tmp_path_factory.mktemp("stack")
        if not given:
            running.enter_context(started_stack(data_dir))
        stack = Stack(data_dir)
        running.callback(stack.close)
        yield stack


@pytest.fixture
def tenant(stack: Stack) -> Tenant:
    """A tenant that nobody has seen before."""
    return Tenant(stack)


@pytest.fixture
def other_tenant(stack: Stack) -> Tenant:
    """A second one."""
    return Tenant(stack)


@pytest.fixture(scope="module")
def still_serving(stack: Stack) -> Iterator[None]:
    """After all that the module's tests have sent, a good batch is written."""
    yield
    assert Tenant(stack).post(RECIPIENT, [RECIPIENT.sample()]).status_code == 201
