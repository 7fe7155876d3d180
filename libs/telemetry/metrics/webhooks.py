"""What is told outside."""

from prometheus_client import Counter

from libs.telemetry.metrics.known import known

WEBHOOKS = Counter(
    "sluice_webhooks_total", "Attempts to send a webhook: taken, failed, or given_up after the last one.", ("result",)
)

known(WEBHOOKS, ("taken", "failed", "given_up"))
