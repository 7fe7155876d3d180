"""How fast messages come, which says how long it pays to wait for more of them."""

import time

SHORTEST_S, LONGEST_S = 0.01, 0.05
"""What is waited for company, at least and at most; nobody waits in vain for longer than this."""
ENOUGH = 16
"""Small jobs that are written together: twice as many cost each hardly less (ADR 0051)."""
WINDOW_S = 0.25
"""How fast they come is known of so long, at least: within a moment, few may be many and many few."""


class Arrivals:
    """Counts the messages of one queue."""

    def __init__(self) -> None:
        self._count, self._since = 0, time.monotonic()
        self._rate = 0.0

    def note(self) -> None:
        """Count one."""
        self._count += 1

    def rest_s(self) -> tuple[float, float]:
        """Seconds to let more come: where somebody waits for what is there, and where nobody does.

        Nobody waits longer than until `ENOUGH` have come, as they have of late. Where not even half as many come in the
        longest rest, few would be done together, and there is time to do each.
        """
        rate = self._rate_now()
        if rate * LONGEST_S < ENOUGH / 2:
            return 0.0, SHORTEST_S
        return SHORTEST_S, min(max(ENOUGH / rate, SHORTEST_S), LONGEST_S)

    def _rate_now(self) -> float:
        """Messages a second."""
        now = time.monotonic()
        if (elapsed := now - self._since) >= WINDOW_S:
            self._rate = self._count / elapsed
            self._count, self._since = 0, now
        return self._rate
