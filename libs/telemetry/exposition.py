"""What a service exposes: its own metrics, those of its process or processes, and which build it is."""

import os
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from libs.telemetry.processes import ProcessesCollector
from libs.telemetry.shared_metrics import SharedCollector


class _Build(Collector):
    def __init__(self, service: str) -> None:
        self._labels = {"version": version("sluice"), "python": platform.python_version(), "service": service}

    def collect(self) -> Iterable[Metric]:
        """1, with what is running as its labels."""
        family = GaugeMetricFamily("sluice_build_info", "1; which build this is.", labels=tuple(self._labels))
        family.add_metric(tuple(self._labels.values()), 1)
        yield family


def exposed(service: str) -> CollectorRegistry:
    """The registry to expose: of all worker processes where they share a folder, else of this one."""
    registry, folder = REGISTRY, os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder is not None:
        registry = CollectorRegistry()
        registry.register(SharedCollector(Path(folder)))
        registry.register(ProcessesCollector(Path(folder)))
    registry.register(_Build(service))
    return registry
