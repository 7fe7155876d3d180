"""A trial: scanners post while something happens, all is healed, and then everything must be as promised."""

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fault.checking.case import Case
from tests.fault.checking.checker import check
from tests.fault.checking.files.file_case import FileCase
from tests.fault.checking.files.file_history import FileHistory
from tests.fault.checking.files.file_rules import check_files
from tests.fault.checking.files.stored_files import StoredFiles
from tests.fault.checking.history import History
from tests.fault.checking.outside import (
    api_disagrees,
    jobs_are_open,
    left_in_redis,
    segments_are_open,
    strangers_get_in,
)
from tests.fault.checking.stored import Stored, snapshot
from tests.fault.running.api import Api
from tests.fault.running.couriers.courier import Couriers
from tests.fault.running.couriers.files import Files
from tests.fault.running.place import CHUNK_RECORDS, Place
from tests.fault.running.scanners.scanner import Fleet
from tests.fault.running.scanners.workload import Workload
from tests.waiting import wait_until

LIVENESS_S = 30.0
"""Within this time after the last fault every job has ended. A message that was published just before it may be lost
with its reader, and comes again after the longest grace (15 s); a writer that died just before it holds a lease (10 s);
a chunk that was put off waits 5 s at most; the sweep that finds each of them comes twice a second."""
LOADS_S = 90.0
"""Within this time after the last fault every file is loaded: a task that has met three errors in a row waits for 30 s,
and one whose processor died for the lease (10 s) before that."""
OUTCRIES = ("Exception in thread", "unexpected_error", "job_lost", "poison_message_dropped")
"""What no service may ever log, whatever happens around it: a dead thread, a bug, a loss."""
SHOWN = 20
"""Violations in the message of a failed trial."""


@dataclass
class Trial:
    """Scanners, their history, and the figures of one run."""

    place: Place
    workload: Workload
    fleet: Fleet
    api: Api
    logs: Callable[[], Iterable[Path]]
    couriers: Couriers | None = None
    forgets: bool = False
    """Whether Redis may forget what it has not acknowledged."""
    figures: dict[str, float] = field(default_factory=dict)

    def start(self) -> None:
        """Have all scanners and couriers begin."""
        self.fleet.start()
        if self.couriers:
            self.couriers.start()

    def stop(self) -> None:
        """Have them begin with nothing more."""
        self.fleet.stop()
        if self.couriers:
            self.couriers.stop()

    def converge(self) -> History:
        """After healing: every unanswered request with a key is repeated until it is answered, and every job ends.

        Then all files are loaded and fetched back. Raises AssertionError where that takes longer than `LIVENESS_S` and
        `LOADS_S`.
        """
        began = time.monotonic()
        unanswered = self.fleet.finish(LIVENESS_S)
        assert not unanswered, f"{unanswered} requests with a key get no answer although all is healed"
        self.figures["all requests answered after"] = round(time.monotonic() - began, 1)
        self._jobs_end(LIVENESS_S - (time.monotonic() - began))
        self.figures["all jobs ended after"] = round(time.monotonic() - began, 1)
        if self.couriers:
            open_ones = self.couriers.finish(LOADS_S)
            assert not open_ones, f"files that are not loaded although all is healed: {open_ones}"
            self.figures["all files loaded after"] = round(time.monotonic() - began, 1)
            self._jobs_end(LIVENESS_S)
            wait_until(lambda: not segments_are_open(self.place.database_url), LIVENESS_S, "all segments are counted")
        return History.read(self.fleet.directory)

    def _jobs_end(self, within_s: float) -> None:
        with contextlib.closing(self.place.redis()) as client:
            wait_until(
                lambda: not jobs_are_open(client, self.place.namespace, self.place.database_url),
                within_s,
                "all jobs have ended",
            )

    def verify(self, history: History) -> None:
        """Everything is as promised, in PostgreSQL, over HTTP and in Redis. Raises AssertionError with what is not."""
        self._nothing_is_left()
        with snapshot(self.place.database_url) as database:
            stored = Stored.read(database, self.workload)
            files = self._file_case(stored, StoredFiles.read(database, self.workload.tenants))
        case = Case(self.workload, history, stored, CHUNK_RECORDS, self.forgets)
        violations = check(case)
        if files:
            violations += check_files(files)
            self.figures |= files.history.figures()
        violations += api_disagrees(case, self.api)
        violations += strangers_get_in(self.workload, self.api)
        self.figures |= {**history.figures(), "rows": len(stored.rows), "jobs": len(stored.jobs)}
        violations += self.fleet.oddities
        violations += self._outcries()
        assert not violations, f"{len(violations)} violations:\n" + "\n".join(violations[:SHOWN])

    def _file_case(self, stored: Stored, kept: StoredFiles) -> FileCase | None:
        if not self.couriers:
            return None
        return FileCase(self.couriers.files, FileHistory.read(self.couriers.directory), stored, kept)

    def _outcries(self) -> Iterator[str]:
        outcries = [outcry for outcry in OUTCRIES if not (self.forgets and outcry == "job_lost")]
        for path in self.logs():
            for line in path.read_text(errors="replace").splitlines():
                if any(outcry in line for outcry in outcries):
                    yield f"{path.name}: {line[:300]}"

    def _nothing_is_left(self) -> None:
        client = self.place.redis()
        left: dict[str, Any] = {}

        def is_empty() -> bool:
            left.clear()
            left.update(left_in_redis(client, self.place.namespace))
            return not left

        with contextlib.closing(client):
            try:
                wait_until(is_empty, LIVENESS_S, "nothing is left in Redis")
            except AssertionError as error:
                raise AssertionError(f"{error}: {left}") from None


@contextmanager
def trial(
    place: Place,
    workload: Workload,
    directory: Path,
    logs: Callable[[], Iterable[Path]],
    *,
    pace_s: float = 0.03,
    forgets: bool = False,
    files: Files | None = None,
) -> Iterator[Trial]:
    """Scanners on a system, with their base laid, and couriers of files, where there are some.

    Where the trial fails, its logs are kept.
    """
    fleet = Fleet(workload, place.url, place.secret, directory, pace_s=pace_s)
    api = Api(place.url, place.secret)
    couriers = Couriers(files, place.url, place.secret, directory / "files") if files else None
    try:
        fleet.lay_base()
        yield Trial(place, workload, fleet, api, logs, couriers, forgets)
    except BaseException:
        keep_logs(directory, logs())
        raise
    finally:
        fleet.close()
        api.close()
        if couriers:
            couriers.close()


def keep_logs(directory: Path, logs: Iterable[Path]) -> None:
    """Copy what the programs have printed and the scanners were told to the directory that `SLUICE_KEEP_LOGS` names."""
    if kept := os.environ.get("SLUICE_KEEP_LOGS"):
        place = Path(kept) / directory.parent.name
        place.mkdir(parents=True, exist_ok=True)
        for path in (*logs, *directory.rglob("*.jsonl")):
            shutil.copy(path, place / path.name)


def tell(**figures: object) -> None:
    """Print figures on a line that can be found in the output, and add it to the file that `SLUICE_FIGURES` names."""
    line = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in figures.items())
    print("figure:", line)  # noqa: T201
    if path := os.environ.get("SLUICE_FIGURES"):
        with Path(path).open("a") as file:
            file.write(f"{line}\n")


def quantile(ordered: list[float], share: float) -> float:
    """The value below which this share of them lies."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
