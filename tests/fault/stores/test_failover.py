"""Primaries of a Redis that fails over die under load: nothing is lost or doubled, and refusals come to an end."""

import os
import time
from pathlib import Path

import httpx
import pytest

from tests.failover import KINDS, Group, Node, followers
from tests.fault.running.rig import running_rig
from tests.fault.running.scanners.workload import Workload
from tests.fault.running.trial import Trial, tell, trial
from tests.waiting import wait_until

SEED = os.environ.get("SEED") or "5"
DEATHS, BETWEEN_S = 3, 4.0
REFUSING_S = 20.0
"""A second until a server is given up, some more until another is chosen; clients try again every half second."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_primaries_die_under_load(tmp_path: Path, kind: str) -> None:
    workload = Workload.of(SEED, failing=False)
    with (
        KINDS[kind](tmp_path / "redis", "sluice") as group,
        running_rig(tmp_path / "rig", {"SLUICE_REDIS_REPLICAS": "1"}, redis_url=group.url) as rig,
        trial(rig.place, workload, tmp_path / "history", rig.runner.logs, forgets=True) as run,
    ):
        run.start()
        refusing = []
        for _ in range(DEATHS):
            rig.runner.watch_until(time.monotonic() + BETWEEN_S)
            refusing.append(_death(run, group))
        rig.runner.watch_until(time.monotonic() + BETWEEN_S)
        run.stop()
        history = run.converge()
        refused = f"{max(refusing):.1f} s"
        tell(kind=kind, seed=SEED, deaths_of_primaries=DEATHS, longest_refusal=refused, **run.figures)
        run.verify(history)


def _death(run: Trial, group: Group) -> float:
    """Kill the primary, and have it come back as a replica; how long ingest was not ready, seconds."""
    dead = wait_until(group.primary, REFUSING_S, "there is a primary")
    assert dead
    dead.kill()
    began = time.monotonic()
    wait_until(lambda: not _ready(run), REFUSING_S, "ingest notices")
    wait_until(lambda: group.primary() and _ready(run), REFUSING_S, "ingest is ready again")
    took = time.monotonic() - began
    dead.revive()
    wait_until(lambda: _follow(group), 60, "both others follow the new primary")
    return took


def _follow(group: Group) -> bool:
    primary: Node | None = group.primary()
    return primary is not None and followers(primary) == len(group.servers) - 1


def _ready(run: Trial) -> bool:
    return httpx.get(f"{run.place.url}/readyz").status_code == httpx.codes.OK
