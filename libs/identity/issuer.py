"""An issuer's public keys behind a URL.

One thread fetches them, for all: every five minutes, so that a key which the issuer has withdrawn does not live on, and
sooner for a token that names an unknown key. Who names a known key never waits. Who names an unknown one waits for the
fetch that is under way, if not too many wait already; then the answer stands for a while, so that unsigned tokens cost
the issuer and us next to nothing. While the issuer is away the keys that are known still count.
"""

import http.client
import threading
import time
import urllib.parse

import structlog

from libs.contracts.refusals import Refusal
from libs.contracts.texts import said
from libs.identity.fetching import fetch
from libs.identity.public_keys import LARGEST_SET, KeySet, PublicKey, read_key_set
from libs.telemetry.metrics.identity import KEY_FETCHES
from libs.telemetry.process.vital import vital_thread

log = structlog.get_logger()

FRESH_S = 300.0
FETCH_S = 5.0
CALM_S = 10.0
"""How long nobody asks again for a key that the issuer does not have."""
CALM_AFTER_FAILURE_S = 2.0
WAIT_S = 3.0
"""The longest that a request waits for keys."""
MOST_WAITING = 8
"""Requests that may wait for keys at once; the others are told to come back."""


class UrlKeys:
    """Public keys from a JWKS URL. Raises ValueError where that is none."""

    def __init__(self, url: str) -> None:
        if urllib.parse.urlsplit(url).scheme not in ("http", "https") or not urllib.parse.urlsplit(url).netloc:
            raise ValueError(said("JWKS_URL"))
        self._url = url
        self._keys: KeySet | None = None
        self._news = threading.Condition()
        self._fetches = 0
        self._wanted = False
        self._calm_until = 0.0
        self._waiting = 0
        vital_thread("issuer-keys", self._keep).start()

    def find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """The key of that id. Raises Refusal where no keys were ever had, or too many ask for unknown ones."""
        if kid is None:
            return None
        known = self._keys
        found = known.find(kid, algorithm) if known else None
        if found is None and self._await_news():
            known = self._keys
            found = known.find(kid, algorithm) if known else None
        if known is None:
            raise Refusal("KEYS_UNAVAILABLE")
        return found

    def _await_news(self) -> bool:
        """Wait until the keys were fetched once more; False where they were a moment ago. Raises Refusal."""
        with self._news:
            if time.monotonic() < self._calm_until:
                return False
            if self._waiting >= MOST_WAITING:
                raise Refusal("KEYS_UNAVAILABLE")
            seen = self._fetches
            self._wanted = True
            self._waiting += 1
            self._news.notify_all()
            try:
                return self._news.wait_for(lambda: self._fetches > seen, WAIT_S)
            finally:
                self._waiting -= 1

    def _keep(self) -> None:
        while True:
            calm_s = CALM_S if self._fetch() else CALM_AFTER_FAILURE_S
            with self._news:
                self._fetches += 1
                self._wanted = False
                self._calm_until = time.monotonic() + calm_s
                self._news.notify_all()
                self._news.wait_for(lambda: self._wanted, FRESH_S)

    def _fetch(self) -> bool:
        try:
            self._take(read_key_set(fetch(self._url, seconds=FETCH_S, most_bytes=LARGEST_SET)))
        except (OSError, ValueError, http.client.HTTPException) as error:
            log.warning("issuer_keys_not_fetched", exc_info=error)
        except Exception:  # this thread may not end: no key would ever be had again
            log.exception("issuer_keys_not_fetched")
        else:
            KEY_FETCHES.labels("good").inc()
            return True
        KEY_FETCHES.labels("failed").inc()
        return False

    def _take(self, keys: KeySet) -> None:
        if self._keys and not keys:
            raise ValueError("none of the issuer's keys verifies any more")
        self._keys = keys
