"""Requests over HTTP, of ingest and of the console."""

from prometheus_client import Counter, Gauge, Histogram

from libs.contracts.texts.problems import PROBLEMS as CATALOGUE
from libs.telemetry.metrics.known import SECONDS, known

FAULT = 500
"""The first status that is a fault of the server."""

REQUESTS = Counter("sluice_requests_total", "HTTP requests by route, method and status.", ("route", "method", "status"))
PROBES = Counter(
    "sluice_probes_total", "Requests of /livez and /readyz, by status; they count nowhere else.", ("route", "status")
)
PROBLEMS = Counter("sluice_problems_total", "Requests that were answered by a problem, by its code.", ("code",))
IN_FLIGHT = Gauge("sluice_requests_in_flight", "Requests that are being handled.", multiprocess_mode="livesum")
BODY_BYTES = Gauge("sluice_body_bytes", "Memory that bodies of batches hold.", multiprocess_mode="livesum")
CAPACITY = Gauge(
    "sluice_capacity", "How many threads there are for requests, bytes for bodies, streams, at most.", ("of",),
    multiprocess_mode="livesum",
)  # fmt: skip
REQUEST_SECONDS = Histogram("sluice_request_seconds", "Duration of HTTP requests.", ("route",), buckets=SECONDS)
UPLOAD_BYTES = Counter("sluice_upload_bytes_total", "Bytes of files as they came, whether they were kept or not.")
UPLOADS = Counter("sluice_uploads_total", "Files that were received to their end, by protocol.", ("kind",))

known(PROBES, ("/livez", "/readyz"), ("200", "503"))
known(PROBLEMS, [problem.code for problem in CATALOGUE.values() if problem.status >= FAULT])
known(UPLOADS, ("multipart", "tus", "draft"))
