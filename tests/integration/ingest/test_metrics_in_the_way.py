"""Whatever is wrong with the files of the metrics, requests are answered, and what can be read is shown."""

import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy import metrics_folder
from deploy.local.servers.valkey import ValkeyServer
from tests.fault.faults.ballast import Ballast, small_disks
from tests.integration.service_process import Ingest, nothing_here, running_ingest
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("ingest-metrics")

COMPLETE = "sluice_metrics_complete"


@pytest.fixture
def settings(valkey: ValkeyServer) -> dict[str, object]:
    return {
        "redis_url": valkey.url, "namespace": f"shown-{uuid.uuid4().hex[:12]}", "database_url": nothing_here(),
    }  # fmt: skip


def page(ingest: Ingest) -> str:
    answer = httpx.get(f"{ingest.metrics_url}/metrics", trust_env=False)
    assert answer.status_code == 200
    return answer.text


def ask_everything(ingest: Ingest) -> None:
    """Requests of all kinds, each of which makes metrics of its own."""
    for path in ("/livez", "/readyz", "/openapi.json", "/api/v1/limits", "/api/v1/jobs", "/api/v1/jobs/x", "/nowhere"):
        for method in ("GET", "HEAD", "OPTIONS", "POST", "DELETE"):
            assert ingest.http.request(method, path).status_code < 500


def folder_of(ingest: Ingest) -> Path:
    """The folder that gunicorn has made: the one with files of its workers."""
    (folder,) = {
        file.parent for worker in workers(ingest) for file in metrics_folder.parent().glob(f"*/counter_{worker}.db")
    }
    return folder


def workers(ingest: Ingest) -> set[str]:
    pid = ingest.process.pid
    return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def workers_die_and_are_replaced(ingest: Ingest) -> None:
    """By kill -9 of one, and by a reload of all: gauges are those of the living, counters of all."""
    before = workers(ingest)

    def two_others(dead: set[str]) -> bool:
        if len(workers(ingest) - dead) != 2 or workers(ingest) & dead:
            return False
        try:
            return 'sluice_capacity{of="threads"} 512.0' in page(ingest)
        except httpx.TransportError:
            return False

    killed = {min(before)}
    os.kill(int(min(before)), signal.SIGKILL)
    wait_until(lambda: two_others(killed), 30, "another in the place of the one that was killed")
    all_before = workers(ingest)
    ingest.process.send_signal(signal.SIGHUP)
    wait_until(lambda: two_others(all_before), 30, "two others after a reload")
    assert 'pid="' not in page(ingest)
    assert re.search(r'sluice_probes_total\{route="/livez",status="200"\} [1-9]', page(ingest))


def test_workers_share_a_folder_in_memory_which_goes_with_them(tmp_path: Path, settings: dict[str, object]) -> None:
    with running_ingest(tmp_path, ingest_workers=2, **settings) as ingest:
        folder = folder_of(ingest)
        assert folder.parent == metrics_folder.parent()
        ask_everything(ingest)
        assert f"{COMPLETE} 1.0" in page(ingest)
        assert 'sluice_capacity{of="threads"} 512.0' in page(ingest)
        workers_die_and_are_replaced(ingest)
        ingest.process.send_signal(signal.SIGTERM)
        ingest.process.wait(30)
        assert not folder.exists()


def test_what_cannot_be_read_is_left_out_and_goes(tmp_path: Path, settings: dict[str, object]) -> None:
    (tmp_path / "shared").mkdir()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    empty = tmp_path / "shared" / f"counter_{gone.pid}.db"
    with running_ingest(tmp_path, PROMETHEUS_MULTIPROC_DIR=tmp_path / "shared", **settings) as ingest:
        ask_everything(ingest)
        empty.write_bytes(b"")
        first, second = page(ingest), page(ingest)
    assert f"{COMPLETE} 0.0" in first
    assert f"{COMPLETE} 1.0" in second
    assert not empty.exists()
    for text in (first, second):
        assert 'sluice_probes_total{route="/livez",status="200"}' in text


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with small_disks(tmp_path, {"metrics": 1}) as disks:
        if not disks:
            pytest.skip("only root may mount a small disk")
        yield disks["metrics"]


@pytest.mark.parametrize("full_at", ["boot", "work"])
def test_a_full_disk_costs_metrics_and_nothing_else(
    tmp_path: Path, settings: dict[str, object], small_disk: Path, full_at: str
) -> None:
    ballast = Ballast(small_disk)
    if full_at == "boot":
        ballast.fill()
    with running_ingest(tmp_path, PROMETHEUS_MULTIPROC_DIR=small_disk, **settings) as ingest:
        ballast.fill()
        assert not os.statvfs(small_disk).f_bavail
        ask_everything(ingest)
        complete = "0.0" if full_at == "boot" else "1.0"
        assert f"{COMPLETE} {complete}" in page(ingest)
        assert ("sluice_requests_total{" in page(ingest)) is (full_at == "work")
        assert '"level": "error"' not in ingest.log
