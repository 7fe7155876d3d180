"""Batches on their way in, whoever brings them."""

from prometheus_client import Counter, Histogram

from libs.contracts.inventory.records import ENTITIES
from libs.telemetry.metrics.known import SECONDS, known

ACCEPT_SECONDS = Histogram(
    "sluice_accept_seconds", "From a batch's first byte read to its job on disk.", ("entity",), buckets=SECONDS
)
BATCH_RECORDS = Histogram(
    "sluice_batch_records", "Records in a batch.", ("entity",), buckets=(1, 10, 100, 1_000, 2_500, 5_000, 10_000)
)
BATCH_BYTES = Histogram(
    "sluice_batch_bytes", "Bytes of a batch, decompressed.", ("entity",), buckets=tuple(4**n for n in range(4, 14))
)
RECORDS_SUBMITTED = Counter("sluice_records_submitted_total", "Records by what validation said.", ("entity", "verdict"))
REFUSALS = Counter(
    "sluice_admission_refusals_total",
    "Batches refused because a limit is reached: of what waits (all, tenant), of what is kept (retained), of memory.",
    ("scope",),
)

known(ACCEPT_SECONDS, ENTITIES)
known(BATCH_RECORDS, ENTITIES)
known(BATCH_BYTES, ENTITIES)
known(RECORDS_SUBMITTED, ENTITIES, ("accepted", "rejected"))
known(REFUSALS, ("all", "memory", "tenant", "retained"))
