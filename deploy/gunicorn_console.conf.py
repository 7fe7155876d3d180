"""gunicorn's settings for the console: one process, whose event loop holds all streams."""

import ctypes
import math
import os
import signal
import sys

from deploy import metrics_folder
from libs.settings import SettingsError, load
from libs.telemetry.process.outlet import never_wait_for_stderr
from services.console.server_settings import ConsoleServerSettings

BOOT_ERROR = 4
# Before gunicorn makes its own log: neither its master nor a worker waits for whoever reads it.
never_wait_for_stderr()

try:
    _settings = load(ConsoleServerSettings, os.environ)
except SettingsError as error:
    sys.stderr.write(f"sluice console: {error}\n")
    sys.exit(BOOT_ERROR)
bind = _settings.console_bind
workers = 1
worker_class = "services.console.worker.ConsoleWorker"
asgi_loop = "asyncio"
asgi_lifespan = "on"
# How long a stream may go on whose client has left.
asgi_disconnect_grace_period = 1
# Nobody has much to say to us.
websocket_max_message_size = 4096
backlog = 1024
keepalive = 30
timeout = 60
# Streams end at once, after the notice; this is for answers under way, and for clients that do not say good-bye.
graceful_timeout = 3 + math.ceil(_settings.console_notice_seconds)
limit_request_line = 4094
limit_request_field_size = 16380
limit_request_fields = 64
# Nothing that a client writes into a header may change the application's idea of its own address.
forwarder_headers = ""
forwarded_allow_ips = ""
accesslog = None
errorlog = "-"
# Its warnings quote requests that it cannot read: pieces of tokens.
loglevel = "error"
# For gunicorn's heartbeats, which a slow disk must not stop.
worker_tmp_dir = str(metrics_folder.parent())


def post_worker_init(worker):  # type: ignore[no-untyped-def]
    """Say how long the worker goes on once it is told to stop."""
    worker.notice_s = _settings.console_notice_seconds


def post_fork(server, worker):  # type: ignore[no-untyped-def]
    """Have the kernel end a worker whose master is gone, however the master went (prctl(2), PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
