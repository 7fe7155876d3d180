"""When a request is sent again and after how long: pure decisions, and the one loop that follows them.

A write is sent again only because it carries an Idempotency-Key; the loop sends the very same request each time.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from msgspec import Struct

from libs.client.failures import SluiceError, SluiceUnavailableError

FIRST_DELAY = 0.25
LONGEST_DELAY = 15.0
LONGEST_RETRY_AFTER_DIGITS = 9

T = TypeVar("T")


class TransientError(Exception):
    """An attempt failed in a way that another attempt may mend; `retry_after` is the server's wish in seconds."""

    def __init__(self, failure: SluiceError, retry_after: float | None = None) -> None:
        super().__init__(failure)
        self.failure = failure
        self.retry_after = retry_after


class Waiting(Struct, frozen=True):
    """The client is about to wait `seconds` before attempt number `attempt` (the first one was 1)."""

    attempt: int
    seconds: float
    failure: SluiceError


SERVER_ERRORS = 5


def worth_retrying(status: int) -> bool:
    """Whether another attempt may be answered better than with this HTTP status."""
    return status in (408, 429) or status // 100 == SERVER_ERRORS


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks to wait: a number of seconds or an HTTP-date.

    A date in the past is 0; a header that is absent or neither of the two is None.
    """
    value = (value or "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:LONGEST_RETRY_AFTER_DIGITS])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def backoff(failures: int, chance: float) -> float:
    """Seconds to wait after so many failures (1 or more): doubling, capped, and spread by `chance` (0 to 1)."""
    full = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(failures - 1, 30))
    return full * (0.5 + 0.5 * chance)


def next_delay(
    failures: int, *, elapsed: float, retry_for: float, retry_after: float | None, chance: float
) -> float | None:
    """Seconds until the next attempt, None to give up.

    The server's Retry-After is never undercut: one that reaches beyond `retry_for` ends the attempts at once. A
    backoff is shortened, so that the last attempt is made when the time is up.
    """
    left = retry_for - elapsed
    if left <= 0:
        return None
    if retry_after is None:
        return min(left, backoff(failures, chance))
    if retry_after > left:
        return None
    # Clients that were turned away together do not come back together.
    return max(retry_after, FIRST_DELAY) * (1.0 + 0.1 * chance)


@dataclass(frozen=True)
class Retrying:
    """Sends a request until it succeeds or `retry_for` seconds have passed.

    `on_wait` is told before each wait. Clock (seconds, monotonic), sleep and chance (0 to 1) are parameters.
    """

    retry_for: float
    on_wait: Callable[[Waiting], None] | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def run(self, attempt: Callable[[], T]) -> T:
        """The result of the first attempt that does not raise TransientError.

        Raises SluiceUnavailableError when the time is up, and whatever else the attempt raises.
        """
        start = self.clock()
        failures = 0
        while True:
            try:
                return attempt()
            except TransientError as transient:
                failures += 1
                self._wait(transient, failures, self.clock() - start)

    def _wait(self, transient: TransientError, failures: int, elapsed: float) -> None:
        delay = next_delay(
            failures,
            elapsed=elapsed,
            retry_for=self.retry_for,
            retry_after=transient.retry_after,
            chance=self.chance(),
        )
        if delay is None:
            raise SluiceUnavailableError(transient.failure, elapsed, failures) from None
        if self.on_wait:
            self.on_wait(Waiting(failures + 1, delay, transient.failure))
        self.sleep(delay)
