"""The `sluice` command against the running system, as a person or a scanner's shell script uses it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.root import ROOT
from tests.system.api import Stack, Tenant
from tests.system.samples import RECIPIENT, Json

REGISTER = ROOT / "deploy" / "local" / "gvl"


def sluice(tenant: Tenant, *args: str, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run the command for a tenant, with the token in the environment."""
    token = tenant.bearer["Authorization"].removeprefix("Bearer ")
    return subprocess.run(
        [sys.executable, "-m", "libs.client.commands.command", *args],
        input=given, capture_output=True, timeout=60, check=False, cwd=ROOT,
        env={**os.environ, "SLUICE_URL": tenant.stack.url, "SLUICE_TOKEN": token},
    )  # fmt: skip


def as_lines(records: list[Json]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def test_a_push_of_good_records_ends_with_0(tenant: Tenant) -> None:
    done = sluice(
        tenant, "push", str(REGISTER / "recipients.ndjson.gz"), "--entity", "recipients", "--batch-records", "300"
    )
    assert done.returncode == 0, done.stderr
    assert tenant.count(RECIPIENT) == 833


def test_rejects_are_named_by_their_place_in_the_file_and_can_be_mended(tenant: Tenant, tmp_path: Path) -> None:
    records = [RECIPIENT.sample(name_vi=f"Công ty {number}") for number in range(25)]
    records[17] |= {"recipient_type": "friend"}
    rejects = tmp_path / "rejects.ndjson"
    push = ("push", "-", "--entity", "recipients", "--batch-records", "10")
    done = sluice(tenant, *push, "--rejects", str(rejects), given=as_lines(records))
    assert done.returncode == 1
    shown = (done.stdout + done.stderr).decode()
    assert "17" in shown
    assert "/recipient_type" in shown
    (rejected,) = map(json.loads, rejects.read_bytes().splitlines())
    assert rejected == records[17]

    mended = sluice(tenant, *push, given=as_lines([rejected | {"recipient_type": "processor"}]))
    assert mended.returncode == 0
    assert tenant.count(RECIPIENT) == 25


def test_a_push_that_is_run_again_with_its_key_writes_nothing_twice(tenant: Tenant) -> None:
    nameless = [{"name_vi": f"Không tên {number}", "recipient_type": "internal"} for number in range(30)]
    for _ in range(2):
        done = sluice(
            tenant,
            "push",
            "-",
            "--entity",
            "recipients",
            "--batch-records",
            "10",
            "--key",
            "again",
            given=as_lines(nameless),
        )
        assert done.returncode == 0
    assert tenant.count(RECIPIENT) == 30


@pytest.mark.parametrize(
    "arguments",
    [("push", "no-such-file.ndjson", "--entity", "recipients"), ("push", "-", "--entity", "cats"), ("fly",)],
    ids=["no file", "no entity", "no command"],
)
def test_a_wrong_use_ends_with_2(tenant: Tenant, arguments: tuple[str, ...]) -> None:
    assert sluice(tenant, *arguments, given=b"").returncode == 2


def test_jobs_are_listed_and_shown(tenant: Tenant) -> None:
    job_id = tenant.post(RECIPIENT, [RECIPIENT.sample(), {}]).json()["job_id"]
    assert job_id in sluice(tenant, "jobs").stdout.decode()
    shown = sluice(tenant, "job", job_id, "--errors").stdout.decode()
    assert "completed" in shown
    assert "hoàn thành" in sluice(tenant, "job", job_id, "--lang", "vi").stdout.decode()
    assert "/name_vi" in shown
    described = json.loads(sluice(tenant, "job", job_id, "--json").stdout)
    assert described["records"]["created"] == 1


def test_the_token_command_makes_a_token_that_is_accepted(stack: Stack, tenant: Tenant) -> None:
    made = sluice(tenant, "token", "--tenant", tenant.id, "--data-dir", str(stack.data_dir), "--ttl", "60")
    answer = stack.http.get("/api/v1/jobs", headers={"Authorization": f"Bearer {made.stdout.decode().strip()}"})
    assert answer.status_code == 200
