"""CPU time, memory and files of all processes of a service together, as one process shows its own."""

from collections.abc import Callable, Iterable
from pathlib import Path

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

LEAST = frozenset(("process_start_time_seconds", "process_max_fds"))
"""Of these the smallest is shown; of all others the sum."""


class ProcessesCollector(Collector):
    """Of those processes that keep their metrics in a folder, and live."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        """Nothing where the system has no /proc."""
        together: dict[str, Metric] = {}
        for pid in {file.stem.rpartition("_")[2] for file in self._folder.glob("*.db")}:
            for family in _of(int(pid)) if pid.isdigit() else ():
                known = together.setdefault(family.name, family)
                if known is not family:
                    _add(known, family)
        return together.values()


def _of(pid: int) -> Iterable[Metric]:
    """One that is gone has none."""
    return ProcessCollector(pid=lambda: pid, registry=CollectorRegistry()).collect()


def _add(known: Metric, family: Metric) -> None:
    together: Callable[[Iterable[float]], float] = min if known.name in LEAST else sum
    known.samples = [
        ours._replace(value=together((ours.value, theirs.value)))
        for ours, theirs in zip(known.samples, family.samples, strict=True)
    ]
