"""Shows the metrics that the processes of a service keep in a folder: whatever of it can be read."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from libs.telemetry.shared_values import UNREADABLE, SharedDict, is_readable


class SharedCollector(Collector):
    """Never raises; `sluice_metrics_complete` says whether something is missing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def describe(self) -> Iterable[Metric]:
        """Nothing: what there is, is found when a scrape comes."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Read the files; those of dead processes that cannot be read are removed."""
        files = sorted(self._folder.glob("*.db"))
        readable = [file for file in files if is_readable(file)]
        for file in set(files).difference(readable):
            if _is_of_the_dead(file):
                with suppress(OSError):
                    file.unlink()
        complete = GaugeMetricFamily("sluice_metrics_complete", "1 where no process's metrics are missing here.")
        try:
            merged = list(MultiProcessCollector.merge(map(str, readable)))
        except UNREADABLE:  # one has changed or gone meanwhile
            merged, readable = [], []
        complete.add_metric([], float(len(readable) == len(files) and not SharedDict.unshared))
        yield complete
        yield from merged


def _is_of_the_dead(file: Path) -> bool:
    """Whether the process that the file's name ends with is gone."""
    try:
        os.kill(int(file.stem.rpartition("_")[2]), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError, OverflowError):
        return False
    return False
