"""A backup by the API, and a restore of it into an empty stack, in which everything works and old keys are known."""

import subprocess
import sys
import uuid
from pathlib import Path

import httpx
import pytest

from tests.root import ROOT
from tests.system.api import Stack, Tenant
from tests.system.conftest import started_stack
from tests.system.samples import RECIPIENT

SCOPES = "ingest:write jobs:read jobs:write"


def asked(tenant: Tenant, scope: str, kind: str = "backup") -> httpx.Response:
    bearer = tenant.stack.bearer(tenant.stack.claims(tenant.id, scope=scope))
    return tenant.stack.http.post(f"/api/v1/jobs/{kind}", headers=bearer, json={})


def run(*args: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "libs.client.commands.command", "--lang", "en", *args]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("kind", ["backup", "retention", "tenants"])
def test_what_concerns_all_tenants_takes_the_scope_of_the_system(tenant: Tenant, kind: str) -> None:
    assert asked(tenant, SCOPES, kind).status_code == 403


def test_a_backup_becomes_a_stack_in_which_old_keys_are_known(tenant: Tenant, tmp_path: Path) -> None:
    records = [RECIPIENT.sample(), {**RECIPIENT.sample(), "recipient_type": "nothing"}]
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first = tenant.post(RECIPIENT, records, headers=key).json()
    made = asked(tenant, f"{SCOPES} system:write")
    assert made.status_code == 202, made.text
    job = tenant.ended(made.json()["id"], 120)
    assert job["status"] == "completed", job
    folder = tenant.stack.data_dir / "backups" / job["result"]["name"]
    _require_young(tenant.stack)
    listed = run("backup", "list", "--dir", str(folder.parent))
    assert job["result"]["name"] in listed.stdout, listed.stderr

    data_dir = tmp_path / "restored"
    restored = run("restore", str(folder), "--data-dir", str(data_dir))
    assert restored.returncode == 0, restored.stderr
    with started_stack(data_dir):
        _require_the_same(Stack(data_dir), tenant, first, key, records)


def _require_the_same(stack: Stack, before: Tenant, first: dict, key: dict[str, str], records: list[dict]) -> None:
    tenant = Tenant(stack)
    tenant.id, tenant.bearer = before.id, stack.bearer(stack.claims(before.id))
    job = tenant.job(first["job_id"])
    assert (job["records"]["created"], job["records"]["rejected"]) == (1, 1)
    assert tenant.rows("recipient") == before.rows("recipient")

    repeat = tenant.post(RECIPIENT, records, headers=key).json()
    assert repeat["job_id"] == first["job_id"]
    ended = tenant.ended(first["job_id"])
    assert (ended["records"]["created"], ended["records"]["rejected"]) == (1, 1)
    assert tenant.rows("recipient") == before.rows("recipient"), "the ledger knows what is written"
    assert tenant.post(RECIPIENT, [RECIPIENT.sample()]).status_code == 201
    verified = run("audit", "verify", "--database-url", stack.database_url, "--tenant", tenant.id)
    assert verified.returncode == 0, verified.stderr
    stack.close()


def _require_young(stack: Stack) -> None:
    (line,) = [
        line
        for line in httpx.get(stack.metrics_urls["processor-1"], trust_env=False).text.splitlines()
        if line.startswith("sluice_backup_age_seconds ")
    ]
    assert 0 <= float(line.split()[1]) < 600
