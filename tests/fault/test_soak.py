"""A long run under faults: everything stays as promised, and nothing grows that should not."""

import os
import threading
import time
from pathlib import Path

import pytest

from tests.fault.faults.ballast import DISKS, small_disks
from tests.fault.faults.nemesis import Nemesis
from tests.fault.faults.schedule import schedule
from tests.fault.running.couriers.files import Files
from tests.fault.running.rig import Rig, running_rig
from tests.fault.running.scanners.workload import Workload
from tests.fault.running.trial import tell, trial
from tests.fault.running.vitals import ENDED_TTL_S, Vitals

SECONDS = float(os.environ.get("SOAK_SECONDS") or 180)
SEED = os.environ.get("SEED") or "5"
SAMPLE_S = 3.0
FAULT_S = 4.0
SPARED = ("ingest", "ingest-worker", "writer-1", "writer-2", "processor-1")
"""Not killed, so that what they leak is seen; the servers are, and everything else that can go wrong goes wrong."""
PACE_S = 0.1
SMALL = {name: DISKS[name] for name in ("valkey", "postgres")}
"""Files are kept for as long as the run lasts."""


class Sampler(threading.Thread):
    """Takes samples while the nemesis has the main thread."""

    def __init__(self, rig: Rig) -> None:
        super().__init__(name="sampler", daemon=True)
        self.vitals = Vitals(rig)
        self._stopping = threading.Event()
        self._began = time.monotonic()

    def run(self) -> None:
        """Sample."""
        while not self._stopping.wait(SAMPLE_S):
            self.vitals.sample(time.monotonic() - self._began)

    def stop(self) -> float:
        """End; seconds since the start."""
        self._stopping.set()
        self.join()
        return time.monotonic() - self._began


@pytest.mark.slow
def test_a_long_run_leaks_nothing(tmp_path: Path) -> None:
    faults = schedule(SEED, SECONDS, every_s=FAULT_S, spare=SPARED)
    print(f"SEED={SEED}: {len(faults)} faults in {SECONDS:g} s", *faults, sep="\n  ")  # noqa: T201
    workload, history = Workload.of(SEED, failing=False), tmp_path / "history"
    with (
        small_disks(tmp_path, SMALL) as disks,
        # Ended jobs are soon forgotten by Redis: what is left of its keys are those of open ones, and of a leak.
        running_rig(tmp_path / "rig", {"SLUICE_ENDED_TTL_S": str(ENDED_TTL_S)}, disks=disks) as rig,
        trial(rig.place, workload, history, rig.runner.logs, pace_s=PACE_S, files=Files(workload)) as run,
    ):
        nemesis, sampler = Nemesis(rig), Sampler(rig)
        sampler.start()
        run.start()
        nemesis.torment(faults, SECONDS)
        seconds = sampler.stop()
        run.stop()
        nemesis.heal()
        run.verify(run.converge())
        tell(seed=SEED, seconds=SECONDS, faults=nemesis.struck.total(), deaths=dict(rig.runner.deaths), **run.figures)

        growths = list(sampler.vitals.growth(seconds, int(run.figures["jobs"])))
        for name, growth, allowed in growths:
            tell(**{name: f"{growth:+.1f} (at most {allowed:.0f})"})
        for measured in ("writer-1", "processor-1"):
            assert any(name.startswith(measured) for name, *_ in growths)
        assert [name for name, growth, allowed in growths if growth > allowed] == []
