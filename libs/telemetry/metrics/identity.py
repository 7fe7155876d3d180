"""Tokens."""

from prometheus_client import Counter

from libs.telemetry.metrics.known import known

KEY_FETCHES = Counter("sluice_key_fetches_total", "Fetches of the issuer public keys, by result.", ("result",))

known(KEY_FETCHES, ("good", "failed"))
