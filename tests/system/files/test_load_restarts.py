"""A load whose processors, writers and stores are killed: every row of the file is a record or a reject, once."""

import contextlib
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.system.api import Stack, Tenant
from tests.system.conftest import started_stack
from tests.system.jobs.test_restarts import kill_child
from tests.system.loads import opened
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("restarts")

ROWS, BAD_EACH = 45_000, 97
RECOVERY = 90.0


def name_of(number: int) -> str:
    return f"Bank {number}" if number % BAD_EACH else ""


def answers(tenant: Tenant, load: str) -> bool:
    """Whether the stack has come back so far that it shows the load."""
    try:
        return tenant.get(f"/api/v1/jobs/{load}").status_code == 200
    except httpx.TransportError:
        return False


def test_each_row_is_a_record_or_a_reject_once(tmp_path: Path) -> None:
    """Rows without names of their own: whatever was sent twice and written twice would be seen."""
    data_dir = tmp_path / "stack"
    rows = "".join(f"{name_of(number)},processor\n" for number in range(ROWS))
    with started_stack(data_dir):
        with contextlib.closing(Stack(data_dir)) as stack:
            tenant = Tenant(stack)
            with stack.writers_stopped():  # so that it cannot end meanwhile
                load = opened(tenant, f"name_vi,recipient_type\n{rows}".encode())
                wait_until(lambda: tenant.job(load)["attempts"] == 1, RECOVERY, "a processor is at it")
                for name in ("processor-1", "valkey", "processor-1", "postgres"):
                    kill_child(data_dir, name)
            for name in ("writer-1", "processor-1"):
                kill_child(data_dir, name)
            wait_until(lambda: answers(tenant, load), RECOVERY, "the stack answers")
        with contextlib.closing(Stack(data_dir)) as tenant.stack:
            job = tenant.ended(load, timeout=180)
            assert (job["status"], job["error"]) == ("completed", None)
            assert job["attempts"] > 1
            bad = sum(1 for number in range(ROWS) if not name_of(number))
            assert (job["records"]["created"], job["records"]["rejected"]) == (ROWS - bad, bad)
            names = Counter(row["name_vi"] for row in tenant.rows("recipient"))
            assert names == Counter(name_of(number) for number in range(ROWS) if name_of(number))
            errors = [error["index"] for page in tenant.pages(job["links"]["errors"]) for error in page]
            assert errors == [number for number in range(ROWS) if not name_of(number)]
            rejects = tenant.get(job["links"]["rejects"]).text
            assert rejects == "name_vi,recipient_type\n" + ",processor\n" * bad
