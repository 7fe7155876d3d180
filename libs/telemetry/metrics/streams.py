"""What the console tells live."""

from prometheus_client import Gauge

LIVE_STREAMS = Gauge("sluice_live_streams", "Streams of this process that are open.")
