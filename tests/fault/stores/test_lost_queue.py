"""Valkey loses its disk. That is beyond what an acknowledgement promises; but whoever sends again loses nothing.

A request with an Idempotency-Key is the same job each time, so its repeat meets the ledger: what was written is not
written again, and what was lost is written.
"""

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from tests.fault.checking import checker
from tests.fault.checking.case import Case
from tests.fault.checking.chunk_rule import chunks_are_all_or_nothing
from tests.fault.checking.history import History
from tests.fault.checking.stored import Stored, snapshot
from tests.fault.running.place import CHUNK_RECORDS
from tests.fault.running.rig import Rig, running_rig
from tests.fault.running.scanners.workload import Workload
from tests.fault.running.trial import Trial, tell, trial
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
BATCHES = 40
FIRST_CHUNKS = 6
RULES = (
    checker.rows_are_what_was_posted,
    checker.announced_ids_are_stored,
    checker.records_are_stored_once,
    checker.jobs_add_up,
    checker.pools_add_up,
    chunks_are_all_or_nothing,
)
"""Each opening of a job is in the audit trail, so the rules do not ask for one entry a job."""


@contextmanager
def writers_stopped(rig: Rig) -> Iterator[None]:
    """No writer moves inside the block."""
    for name in ("writer-1", "writer-2"):
        rig.runner.send(name, signal.SIGSTOP)
    try:
        yield
    finally:
        for name in ("writer-1", "writer-2"):
            rig.runner.send(name, signal.SIGCONT)


def lose_the_queue(rig: Rig) -> None:
    """Valkey dies with its disk, and comes back empty."""
    rig.runner.hold_down("valkey")
    rig.runner.send("valkey", signal.SIGKILL)
    while rig.runner.pid("valkey"):
        rig.runner.look_after()
    shutil.rmtree(rig.valkey_dir / "appendonlydir")
    rig.runner.let_up("valkey")


def post_all(run: Trial) -> None:
    """Post the batches that have a key."""
    for number in range(BATCHES):
        if run.workload.batch(0, number).key:
            assert run.fleet.post(0, number).acknowledged


def counted(rig: Rig, query: LiteralString) -> int:
    """The number that a query gives."""
    with psycopg.connect(rig.place.database_url) as connection:
        return int((connection.execute(query).fetchone() or (0,))[0])


def ledgered(rig: Rig) -> int:
    """Chunks that are written."""
    return counted(rig, "SELECT count(*) FROM ingest.chunk WHERE state = 'written'")


def failed_jobs(rig: Rig) -> int:
    """Jobs that have failed, as those do that Redis has lost."""
    return counted(rig, "SELECT count(*) FROM ingest.job WHERE status = 'failed'")


def test_repeats_bring_back_what_a_lost_queue_held(tmp_path: Path) -> None:
    workload = Workload.of("lost queue", scanners=1, failing=False, waiting=False)
    with running_rig(tmp_path / "rig") as rig, trial(rig.place, workload, tmp_path / "history", rig.runner.logs) as run:
        with writers_stopped(rig):
            post_all(run)
        before = ledgered(rig)
        wait_until(lambda: ledgered(rig) >= before + FIRST_CHUNKS, 30, "some of it is written")
        with writers_stopped(rig):
            lose_the_queue(rig)
        rig.runner.wait_ready(60)
        run.converge()
        tell(chunks_written_before_the_loss=ledgered(rig) - before, jobs_given_up=failed_jobs(rig))
        post_all(run)
        run.converge()
        history = History.read(run.fleet.directory)
        with snapshot(rig.place.database_url) as database:
            case = Case(workload, history, Stored.read(database, workload), CHUNK_RECORDS)
        assert [violation for rule in RULES for violation in rule(case)] == []
        assert len(case.stored.jobs) == len(history.answers)
        assert failed_jobs(rig) == 0
