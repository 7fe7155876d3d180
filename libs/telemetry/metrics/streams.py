"""What the console tells live."""

from prometheus_client import Gauge

from libs.telemetry.metrics.known import known

LIVE_STREAMS = Gauge("sluice_live_streams", "Streams that are open, by how they are sent.", ("transport",))

known(LIVE_STREAMS, ("sse", "websocket"))
