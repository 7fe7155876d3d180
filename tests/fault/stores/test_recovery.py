"""How soon, and by itself, the system is well again after one thing went wrong; the figures are printed."""

import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest

from tests.fault.faults.ballast import DISKS, small_disks
from tests.fault.faults.nemesis import Nemesis
from tests.fault.faults.schedule import Fault
from tests.fault.running.place import CHUNK_RECORDS
from tests.fault.running.rig import Rig, running_rig
from tests.fault.running.scanners.workload import Batch, Workload
from tests.fault.running.trial import Trial, tell, trial
from tests.system.samples import ACTIVITY
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
SERVERS = ("postgres", "valkey")


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A stack with the settings of production."""
    root = tmp_path_factory.mktemp("recovery")
    with small_disks(root, DISKS) as disks, running_rig(root / "rig", disks=disks) as rig:
        yield rig


@pytest.fixture
def run(rig: Rig, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Trial]:
    """Scanners of their own tenants, which have not begun."""
    with trial(rig.place, Workload.of(request.node.name), tmp_path / "history", rig.runner.logs) as run:
        yield run


@pytest.fixture
def hasty(rig: Rig, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Trial]:
    """Scanners that never wait for the write."""
    workload = Workload.of(request.node.name, waiting=False)
    with trial(rig.place, workload, tmp_path / "history", rig.runner.logs) as run:
        yield run


def during(rig: Rig, run: Trial, fault: Fault) -> None:
    """Have the scanners post before, during and after one fault, and nothing else; then all is as promised."""
    nemesis = Nemesis(rig)
    run.fleet.start()
    nemesis.torment([fault], fault.end + 1)
    run.fleet.stop()
    nemesis.heal()
    run.verify(run.converge())
    assert nemesis.struck.total() == 1
    tell(after=f"{fault.kind} {fault.target} for {fault.end - fault.begin:g} s", **run.figures)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(1, 5, "full_disk", "valkey", 0),
        Fault(1, 5, "full_disk", "postgres", 0),
        Fault(1, 4, "maxmemory", "valkey", 0),
        Fault(1, 12.5, "pause", "valkey", 0),
        Fault(1, 12.5, "swallow", "redis", 0),
        Fault(1, 12.5, "swallow", "postgres", 0),
        Fault(1, 12.5, "refuse", "postgres", 0),
        Fault(1, 12.5, "refuse", "redis", 0),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.target}",
)
def test_the_same_processes_go_on_afterwards(rig: Rig, run: Trial, fault: Fault) -> None:
    """Nobody restarts anything: threads, pools and connections of the services mend themselves."""
    services = [name for name in rig.runner.names() if name not in SERVERS]
    before = {name: rig.runner.pid(name) for name in services}
    during(rig, run, fault)
    assert {name: rig.runner.pid(name) for name in services} == before


def test_the_chunk_of_a_killed_writer_is_taken_over(rig: Rig, hasty: Trial) -> None:
    """The writer dies inside its transaction and does not come back; another one waits for its lease to end."""
    runner = rig.runner
    batch = next(filter(is_plain, map(partial(hasty.workload.batch, 0), range(1_000))))
    with psycopg.connect(rig.place.database_url) as database:
        database.execute("LOCK TABLE inventory.processing_activity IN EXCLUSIVE MODE")
        number = int(batch.name.partition("-")[2])
        assert hasty.fleet.post(0, number).acknowledged
        wait_until(lambda: holders(rig), 20, "a writer stands inside its transaction")
        victim = holders(rig)[0]
        runner.hold_down(victim)
        runner.send(victim, signal.SIGKILL)
        died = time.monotonic()
    history = hasty.converge()
    tell(a_killed_writer_is_replaced_after=f"{time.monotonic() - died:.1f} s (lease 10 s)")
    runner.let_up(victim)
    runner.wait_ready(60)
    hasty.verify(history)


def is_plain(batch: Batch) -> bool:
    """Whether it is one chunk of good activities that is posted in the background."""
    return (
        batch.kind is ACTIVITY
        and not (batch.wait_s or batch.cancel or batch.faulty)
        and len(batch.items) <= CHUNK_RECORDS
    )


def holders(rig: Rig) -> list[str]:
    """The writers that wait for a lock inside a transaction."""
    query = """SELECT substr(application_name, length('sluice-') + 1) FROM pg_stat_activity
               WHERE wait_event_type = 'Lock' AND backend_xid IS NOT NULL"""
    with psycopg.connect(rig.place.database_url) as connection:
        return [name for (name,) in connection.execute(query)]


AWAY_S = 60.0
"""Longer than any lease, backoff or time-out of a pool, so that nobody can have sat it out."""
PACE_S = 0.1
"""Between two batches of the scanner."""


def test_ingest_goes_on_while_postgres_is_away(rig: Rig, hasty: Trial) -> None:
    """An outage of PostgreSQL costs delay and nothing else: every batch is accepted, and written afterwards."""
    runner = rig.runner
    runner.hold_down("postgres")
    runner.send("postgres", signal.SIGKILL)
    back_at, taken, slowest = time.monotonic() + AWAY_S, 0, 0.0
    while time.monotonic() < back_at:
        runner.watch_until(time.monotonic() + PACE_S)
        began = time.monotonic()
        answer = hasty.fleet.post(1, taken)
        slowest = max(slowest, time.monotonic() - began)
        assert answer.acknowledged, answer
        taken += 1
    runner.let_up("postgres")
    began = time.monotonic()
    ready = runner.wait_ready(60)
    history = hasty.converge()
    tell(
        postgres_away=f"{AWAY_S:g} s",
        accepted_meanwhile=taken,
        slowest_answer=f"{slowest:.2f} s",
        postgres_ready_again_after=f"{ready:.1f} s",
        all_written_after=f"{time.monotonic() - began:.1f} s",
    )
    hasty.verify(history)
