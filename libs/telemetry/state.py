"""Gauges of state that is read when a scrape comes: of the stores, which all processes share, and of the process.

To add one: declare it in `GAUGES`, and give its values where a service reads its state.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from libs.telemetry.prompt import Prompt

Values: TypeAlias = dict[str, dict[tuple[str, ...], float]]
"""By the name of a gauge: its values by those of its labels, in their order."""

KEPT_S = 60.0
"""For how long the last values of a store are shown that does not answer."""
GAUGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "sluice_queue_depth": ("Messages waiting in a queue of Dramatiq.", ("lane",)),
    "sluice_open_chunks": ("Chunks not settled: available, running, or deferred after an error.", ("lane", "state")),
    "sluice_oldest_open_job_seconds": ("How long ago the oldest batch with open chunks was accepted.", ()),
    "sluice_pending_bytes": ("What open jobs count for, bytes.", ()),
    "sluice_drain_bytes_per_second": ("What is settled a second, bytes as open jobs count them.", ()),
    "sluice_lane_paused": ("1 where an operator has paused the lane.", ("lane",)),
    "sluice_admission_used_ratio": ("Share used of a limit for all; at 1 batches get 503.", ("limit",)),
    "sluice_admission_limit_bytes": ("The limit itself.", ("limit",)),
    "sluice_tasks": ("Tasks that have not ended.", ("type", "state")),
    "sluice_oldest_waiting_task_seconds": ("How long the oldest task has waited.", ()),
    "sluice_backup_age_seconds": ("How old the newest verified backup is.", ()),
    "sluice_schedules_overdue_seconds": ("For how long the schedule that was due first has been due.", ()),
    "sluice_schedule_age_seconds": (
        "How long ago a schedule of the system ran, or was made; of one that is not paused.", ("schedule",),
    ),
    "sluice_ledger_entries": ("Numbers that the ledger has given out to chunks; some are skipped.", ()),
    "sluice_webhooks_waiting": ("Webhooks that nobody has taken yet.", ()),
    "sluice_pool_connections": ("Connections to PostgreSQL.", ("state",)),
    "sluice_longest_chunk_seconds": ("For how long the chunk that was begun first is being written; else 0.", ()),
}  # fmt: skip
"""Help and labels of each. Those of stores are the same wherever they are scraped: aggregate with max, not sum."""


class StateCollector(Collector):
    """Reads the state; a store that is silent costs a scrape no more than its budget, and is said to be so.

    `stores` are asked by the name of the store, `process` answers at once.
    """

    def __init__(self, stores: Mapping[str, Callable[[], Values]], process: Callable[[], Values] = dict) -> None:
        self._prompts = {store: Prompt(f"state-{store}", read) for store, read in stores.items()}
        self._process = process

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing: reading at registration would need the stores at boot."""
        return []

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """All of it; of a store that is away the last values, for a minute."""
        readable = GaugeMetricFamily(
            "sluice_state_readable", "1 where the shared state could be read.", labels=("store",)
        )
        age = GaugeMetricFamily(
            "sluice_state_age_seconds", "How old the shared state is that is shown.", labels=("store",)
        )
        for store, prompt in self._prompts.items():
            told = prompt.read()
            readable.add_metric([store], told.fresh)
            age.add_metric([store], told.age_s)
            if told.answer is not None and told.age_s < KEPT_S:
                yield from _families(told.answer)
        yield readable
        yield age
        yield from _families(self._process())


def _families(values: Values) -> Iterable[GaugeMetricFamily]:
    for name, samples in values.items():
        text, labels = GAUGES[name]
        family = GaugeMetricFamily(name, text, labels=labels)
        for of_labels, value in samples.items():
            family.add_metric(of_labels, value)
        yield family
