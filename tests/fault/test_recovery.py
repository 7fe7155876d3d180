"""How soon, and by itself, the system is well again after one thing went wrong; the figures are printed."""

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fault.ballast import DISKS, small_disks
from tests.fault.nemesis import Nemesis
from tests.fault.rig import Rig, running_rig
from tests.fault.schedule import Fault
from tests.fault.trial import Trial, tell, trial
from tests.fault.workload import Workload

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
        Fault(1, 14, "pause", "valkey", 0),
        Fault(1, 14, "swallow", "redis", 0),
        Fault(1, 14, "swallow", "postgres", 0),
        Fault(1, 14, "refuse", "postgres", 0),
        Fault(1, 14, "refuse", "redis", 0),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.target}",
)
def test_the_same_processes_go_on_afterwards(rig: Rig, run: Trial, fault: Fault) -> None:
    """Nobody restarts anything: threads, pools and connections of the services mend themselves."""
    services = [name for name in rig.runner.names() if name not in SERVERS]
    before = {name: rig.runner.pid(name) for name in services}
    during(rig, run, fault)
    assert {name: rig.runner.pid(name) for name in services} == before
