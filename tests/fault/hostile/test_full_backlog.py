"""PostgreSQL stays away until no more fits: ingest accepts up to its bound, says no beyond it, and keeps its word."""

import signal
import time
from collections import Counter
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from libs.intake.admission import FRESH_S
from tests.fault.running.place import Place
from tests.fault.running.rig import Rig, running_rig
from tests.fault.running.scanners.workload import Workload
from tests.fault.running.trial import Trial, tell, trial
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
TENANT_LIMIT, TOTAL_LIMIT = 60_000, 176_000
"""The three tenants of the workload come to their own bounds first, and then together to the bound of all."""
BOUNDS = {
    "SLUICE_TENANT_BACKLOG_MAX_BYTES": str(TENANT_LIMIT),
    "SLUICE_BACKLOG_MAX_BYTES": str(TOTAL_LIMIT),
}
OVERSHOOT = 60_000
"""A reading of the backlog serves for a tenth of a second: so much may be accepted beyond the bound meanwhile."""
FULL_S = 60.0
TAKEN_AGAIN_S = 30.0


def backlog(place: Place) -> int:
    """Payload bytes that wait to be written."""
    with closing(place.redis()) as client:
        return int(client.hget(f"{{{place.namespace}}}:backlog", "total") or 0)


def fill(rig: Rig, run: Trial) -> tuple[Counter[str], dict[str, int]]:
    """Post until a tenant and all tenants together have been refused; all answers, and when to come back after a no."""
    answers: Counter[str] = Counter()
    waits: dict[str, int] = {}
    until = time.monotonic() + FULL_S
    while not waits.keys() >= {"TENANT_BACKLOG", "BACKLOG"}:
        assert time.monotonic() < until, f"never full: {answers}, {backlog(rig.place)} bytes"
        answer = run.fleet.post(0, answers.total())
        if not answer.acknowledged:
            waits[answer.code] = come_back(run, answers.total())
        answers[answer.code or str(answer.status)] += 1
        rig.runner.look_after()
        read_anew = time.monotonic() + FRESH_S
        wait_until(lambda: time.monotonic() > read_anew, 1, "what waits is read anew")  # noqa: B023 -- at once
    return answers, waits


def come_back(run: Trial, number: int) -> int:
    """Post a batch that was refused once more, past the history; the seconds after which it may come again."""
    answer = run.api.post(run.workload.batch(0, number), "refused again")
    assert answer.status_code in (429, 503), answer.text
    return int(answer.headers["retry-after"])


def test_what_is_accepted_until_the_backlog_is_full_is_written_afterwards(tmp_path: Path) -> None:
    """The scanner has no keys: what is refused is not sent again by itself, and must not be there."""
    workload = Workload.of("no more fits", scanners=1, failing=False, waiting=False, keyed=False)
    with (
        running_rig(tmp_path / "rig", BOUNDS) as rig,
        trial(rig.place, workload, tmp_path / "history", rig.runner.logs) as run,
    ):
        runner = rig.runner
        runner.hold_down("postgres")
        runner.send("postgres", signal.SIGKILL)
        answers, waits = fill(rig, run)
        full = backlog(rig.place)
        runner.let_up("postgres")
        runner.wait_ready(60)
        later = count(answers.total())
        wait_until(lambda: run.fleet.post(0, next(later)).acknowledged, TAKEN_AGAIN_S, "batches are accepted again")
        run.verify(run.converge())
        tell(full_at=f"{full} bytes (bound {TOTAL_LIMIT})", answers=dict(answers), come_back_s=waits, **run.figures)
    assert answers.keys() == {"202", "TENANT_BACKLOG", "BACKLOG"}
    assert answers["202"] > 10
    assert TOTAL_LIMIT <= full <= TOTAL_LIMIT + OVERSHOOT
    assert min(waits.values()) >= 1
