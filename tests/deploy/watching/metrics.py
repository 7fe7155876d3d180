"""Which metrics there are, and which ones a query names."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import promql_parser
from prometheus_client import REGISTRY, ProcessCollector
from prometheus_client.registry import CollectorRegistry

from libs.telemetry import metrics
from libs.telemetry.state import GAUGES
from tests.deploy.watching.rules import all_rules

OF_SCRAPES = {"namespace", "instance", "job"}
"""Labels that Prometheus gives to whatever it scrapes."""
SAID_APART = {
    "sluice_build_info": {"version", "python", "service"}, "sluice_state_readable": {"store"},
    "sluice_state_age_seconds": {"store"}, "sluice_metrics_complete": set[str](),
}  # fmt: skip
"""What is neither declared in `libs.telemetry.metrics` nor a gauge of state."""
OF_ALERTS = {"ALERTS": {"alertname", "alertstate", "severity"}}
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}


@cache
def known() -> dict[str, set[str]]:
    """The labels of each series that services expose or rules record, by its name."""
    for module in iter_modules(metrics.__path__):
        import_module(f"{metrics.__name__}.{module.name}")
    declared = {
        family.name + suffix: {*collector._labelnames, *({"le"} if suffix == "_bucket" else ())}
        for collector in list(REGISTRY._collector_to_names) if hasattr(collector, "_labelnames")
        for family in collector.describe() for suffix in SUFFIXES[family.type]
    }  # fmt: skip
    gauges = {name: set(labels) for name, (_, labels) in GAUGES.items()}
    process = {
        sample.name for family in ProcessCollector(registry=CollectorRegistry()).collect() for sample in family.samples
    }
    recorded = {rule["record"]: set[str]() for rule in all_rules() if "record" in rule}
    return declared | gauges | SAID_APART | OF_ALERTS | {name: set[str]() for name in process} | recorded


def selectors(query: str) -> Iterator[tuple[str, set[str]]]:
    """Each series that a query asks for, and the labels by which it chooses. Raises ValueError for what is no query."""
    found: list[promql_parser.VectorSelector] = []

    def look(expr: Any) -> bool:
        if isinstance(expr, promql_parser.VectorSelector):
            found.append(expr)
        return True

    promql_parser.walk(promql_parser.parse(query), look)
    for selector in found:
        yield str(selector.name), {matcher.name for matcher in selector.matchers.matchers}
