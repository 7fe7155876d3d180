"""gunicorn's settings for the ingest service.

One process decodes one batch at a time; threads are for requests that wait: for bodies, for Redis, for writers. There
are many, because they are made when needed, and a waiting thread costs next to nothing.
"""

import ctypes
import math
import os
import shutil
import signal
import sys
import threading
from contextlib import suppress

from deploy import metrics_folder
from libs.settings import SettingsError, load
from libs.telemetry.process import heap
from libs.telemetry.process.outlet import never_wait_for_stderr
from services.ingest.server_settings import IngestServerSettings

BOOT_ERROR = 4
# Before gunicorn makes its own log: neither its master nor a worker waits for whoever reads it.
never_wait_for_stderr()

try:
    _settings = load(IngestServerSettings, os.environ)
except SettingsError as error:
    sys.stderr.write(f"sluice ingest: {error}\n")
    sys.exit(BOOT_ERROR)
bind = _settings.ingest_bind
workers = _settings.ingest_workers
worker_class = "services.ingest.http.server.worker.IngestWorker"
threads = _settings.ingest_threads
worker_connections = 2000
backlog = 1024
keepalive = 30
timeout = 60
graceful_timeout = 25 + math.ceil(_settings.ingest_notice_seconds)
max_requests = 0
# Request lines and headers are short; longer ones are refused before any of our code runs.
limit_request_line = 4094
limit_request_field_size = 16380
limit_request_fields = 64
# Nothing that a client writes into a header may change the application's idea of its own address.
forwarder_headers = ""
forwarded_allow_ips = ""
accesslog = None
errorlog = "-"
# Its warnings quote requests that it cannot read: pieces of tokens and of records.
loglevel = "error"
_IN_MEMORY = metrics_folder.parent()
# For gunicorn's heartbeats, which a slow disk must not stop.
worker_tmp_dir = str(_IN_MEMORY)
# For the metrics of all workers together, which a full disk must not stop. Read again when gunicorn is told to reload.
_METRICS = "PROMETHEUS_MULTIPROC_DIR"
_OWN_METRICS = "SLUICE_OWN_METRICS_DIR"
if not os.environ.get(_METRICS):
    with suppress(OSError):  # then each worker shows its own
        os.environ[_METRICS] = os.environ[_OWN_METRICS] = str(metrics_folder.make(_IN_MEMORY))


def post_fork(server, worker):  # type: ignore[no-untyped-def]
    """Have the kernel end a worker whose master is gone, however the master went (prctl(2), PR_SET_PDEATHSIG).

    And have the worker's threads share one heap.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    heap.keep_together()


def worker_int(worker):  # type: ignore[no-untyped-def]
    """Ctrl-C."""
    _drain()


def post_worker_init(worker):  # type: ignore[no-untyped-def]
    """Say on /readyz that the process drains, as soon as it is told to stop; and stop a little later."""
    previous = signal.getsignal(signal.SIGTERM)

    def on_term(signum, frame):  # type: ignore[no-untyped-def]
        _drain()
        notice = threading.Timer(_settings.ingest_notice_seconds, previous, (signum, frame))
        notice.daemon = True
        notice.start()

    signal.signal(signal.SIGTERM, on_term)


def child_exit(server, worker):  # type: ignore[no-untyped-def]
    """Take the gauges of a dead worker out of the shared metrics."""
    if _METRICS in os.environ:
        from prometheus_client import multiprocess

        with suppress(OSError):
            multiprocess.mark_process_dead(worker.pid)


def on_exit(server):  # type: ignore[no-untyped-def]
    """Remove the metrics that were in a folder of our own."""
    if folder := os.environ.get(_OWN_METRICS):
        shutil.rmtree(folder, ignore_errors=True)


def _drain() -> None:
    if wsgi := sys.modules.get("services.ingest.wsgi"):
        wsgi.service.operators.draining = True
