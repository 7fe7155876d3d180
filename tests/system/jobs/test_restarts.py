"""Each process of a stack is killed in turn, and then all of them: it comes back, and nothing acknowledged is lost."""

import json
import os
import signal
from pathlib import Path

import httpx
import pytest

from tests.system.api import Stack, Tenant
from tests.system.conftest import started_stack
from tests.system.samples import RECIPIENT
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("restarts")

RECOVERY = 60.0
"""Seconds within which a killed process is replaced and serves again, on a busy machine."""
CHILDREN = ("ingest", "writer-1", "writer-2", "console", "valkey", "postgres")


def described(data_dir: Path) -> dict[str, int]:
    """The processes of the stack; empty while stack.json is not there."""
    path = data_dir / "stack.json"
    return json.loads(path.read_text())["pids"] if path.exists() else {}


def acknowledged(tenant: Tenant, external_id: str) -> bool:
    """Post one record in the background and say whether it was taken; any other answer must be a clean refusal."""
    try:
        answer = tenant.post(RECIPIENT, [RECIPIENT.sample(external_id=external_id)], background=True)
    except httpx.TransportError:
        return False
    assert answer.status_code in (202, 503)
    return answer.status_code == 202


def kill_child(data_dir: Path, name: str) -> None:
    """kill -9 one process, and wait for its replacement."""
    pid = described(data_dir)[name]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: described(data_dir).get(name, pid) != pid, RECOVERY, f"{name} has a new process")


def post_until_taken(tenant: Tenant, external_id: str) -> str:
    """Post a record until it is acknowledged; gives its external_id."""
    wait_until(lambda: acknowledged(tenant, external_id), RECOVERY, f"{external_id} is taken")
    return external_id


def stored(tenant: Tenant) -> set[str]:
    """The external_ids that are in the database."""
    return {row["external_id"] for row in tenant.rows("recipient")}


def test_each_child_is_killed_and_then_everything(tmp_path: Path) -> None:
    data_dir = tmp_path / "stack"
    expected: set[str] = set()
    with started_stack(data_dir) as process:
        stack = Stack(data_dir)
        tenant = Tenant(stack)
        for name in CHILDREN:
            expected.add(post_until_taken(tenant, f"before {name}"))
            kill_child(data_dir, name)
        expected.add(post_until_taken(tenant, "before everything"))
        process.kill()
        process.wait()
        stack.close()

    (data_dir / "stack.json").unlink()
    with started_stack(data_dir):
        tenant.stack = Stack(data_dir)
        wait_until(lambda: expected <= stored(tenant), RECOVERY, "everything acknowledged is stored")
        tenant.stack.close()
