"""Kill anything, at any moment: nothing acknowledged is lost, nothing is written twice."""

import os
from pathlib import Path

import pytest

from tests.fault.faults.ballast import DISKS, small_disks
from tests.fault.faults.nemesis import Nemesis
from tests.fault.faults.schedule import schedule
from tests.fault.running.couriers.files import Files
from tests.fault.running.rig import running_rig
from tests.fault.running.scanners.workload import Workload
from tests.fault.running.trial import tell, trial

SEED = os.environ.get("SEED", "")
"""Replays the run of a seed: the same batches, the same faults at the same moments."""

SHORT_SEED = "912"
"""Strikes at every kind of process, and loses answers on both wires."""


def torment(directory: Path, seed: str, seconds: float, every_s: float, **settings: str) -> None:
    """One run of the nemesis with a seed."""
    faults = schedule(seed, seconds, every_s=every_s)
    print(f"SEED={seed}: {len(faults)} faults in {seconds:g} s", *faults, sep="\n  ")  # noqa: T201
    workload = Workload.of(seed)
    with (
        small_disks(directory, DISKS) as disks,
        running_rig(directory / "rig", settings, disks=disks) as rig,
        trial(rig.place, workload, directory / "history", rig.runner.logs, files=Files(workload)) as run,
    ):
        nemesis = Nemesis(rig)
        run.start()
        nemesis.torment(faults, seconds)
        run.stop()
        run.figures["healed after"] = round(nemesis.heal(), 1)
        history = run.converge()
        run.verify(history)
        tell(
            seed=seed,
            faults=nemesis.struck.total(),
            missed=dict(nemesis.missed),
            answers_lost=rig.redis_proxy.lost_answers + rig.postgres_proxy.lost_answers,
            deaths=dict(rig.runner.deaths),
            **run.figures,
        )


def test_a_short_storm(tmp_path: Path) -> None:
    """A few overlapping faults, with leases that end sooner than in production, so that healing is quick."""
    torment(tmp_path, SEED or SHORT_SEED, 10, 0.7, SLUICE_LEASE_MS="2000", SLUICE_ENDED_TTL_S="20")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [SEED] if SEED else ["2", "3"])
def test_a_long_storm(tmp_path: Path, seed: str) -> None:
    """Every fault of the deck once or more, with the settings of production."""
    torment(tmp_path, seed, 56, 1.5)
