"""Whoever reads the log of a service, and however badly: the service goes on with its work."""

import fcntl
import os
import struct
import termios
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.service_process import RECIPIENT, Scanner, running_ingest
from tests.integration.writer.surroundings import Surroundings, running_writer, terminate
from tests.waiting import wait_until
from tests.writing import recipient

SMALLEST_PIPE = 4096
CHUNKS = 40
"""Each says some three hundred bytes."""


@pytest.fixture
def stalled() -> Iterator[int]:
    """A pipe that nobody reads, as small as it can be."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, SMALLEST_PIPE)
    yield writer
    os.close(reader)
    os.close(writer)


@pytest.fixture(params=["a closed pipe", "a full disk"])
def lost(request: pytest.FixtureRequest) -> Iterator[int]:
    """A file that takes nothing."""
    if request.param == "a full disk":
        file = os.open("/dev/full", os.O_WRONLY)
    else:
        reader, file = os.pipe()
        os.close(reader)
    yield file
    os.close(file)


def is_full(pipe: int) -> bool:
    """Whether it holds all that it can."""
    held = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0]
    return bool(held > SMALLEST_PIPE - 1_000)


def get(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False, timeout=10)


def test_a_reader_that_stalls_does_not_stop_a_writer(
    tmp_path: Path, around: Surroundings, tenant: uuid.UUID, stalled: int
) -> None:
    with running_writer(tmp_path, output=stalled, **around.settings, log_level="debug") as writer:
        job, _ = around.publish(tenant, [recipient() for _ in range(CHUNKS)], chunk=1)
        wait_until(lambda: around.desk.ended(job), 30, "the end of the job")
        wait_until(lambda: is_full(stalled), 10, "nothing more fits into the log")
        assert get(f"{writer.url}/readyz").status_code == 200
        assert terminate(writer) == 0


def test_a_log_that_takes_nothing_costs_no_promise(tmp_path: Path, around: Surroundings, lost: int) -> None:
    """The sweeper's thread speaks of what it cannot do, which is when it must not end."""
    due, redis = around.desk.store.keys.due, around.desk.store.client

    def says(status: int, text: str) -> bool:
        answer = get(f"{writer.url}/readyz")
        return answer.status_code == status and text in answer.text

    def lines_lost() -> bool:
        page = get(f"{writer.url}/metrics").text
        return "sluice_log_lines_dropped_total" in page and "sluice_log_lines_dropped_total 0.0" not in page

    with running_writer(tmp_path, output=lost, **around.settings) as writer:
        redis.set(due, "no set")
        wait_until(lambda: says(503, "sweep"), 20, "a writer that says it does not sweep")
        redis.delete(due)
        wait_until(lambda: says(200, "ok"), 20, "a writer that sweeps again")
        assert lines_lost()
        assert terminate(writer) == 0


def test_a_reader_that_stalls_stops_neither_ingest_nor_its_master(
    tmp_path: Path, around: Surroundings, stalled: int
) -> None:
    settings = {name: around.settings[name] for name in ("redis_url", "database_url", "namespace")}
    with running_ingest(tmp_path, output=stalled, **settings, log_level="debug") as ingest:
        scanner = Scanner(ingest)
        for _ in range(CHUNKS):
            assert scanner.post([RECIPIENT], background=True).status_code == 202
        wait_until(lambda: is_full(stalled), 10, "nothing more fits into the log")
        (worker,) = children(ingest.process.pid)
        os.kill(worker, 9)
        wait_until(lambda: children(ingest.process.pid) not in ([], [worker]), 20, "another worker")
        ingest.wait_ready(ingest.url)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
