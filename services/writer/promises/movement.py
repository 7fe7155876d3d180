"""Says when a writer does not get on: PostgreSQL that is frozen gives no error, and its statements no time-out."""

from collections.abc import Callable, Sequence

import structlog

from libs.contracts.system.workers import Doing

log = structlog.get_logger()

LOOK_EVERY_S = 5.0


class Movement:
    """One writer's. A chunk takes fractions of a second; one that has taken `patience_s` stands still."""

    def __init__(self, doing: Callable[[], Sequence[Doing]], patience_s: float) -> None:
        self._doing = doing
        self._patience_s = patience_s
        self._stood = False

    @property
    def amiss(self) -> str:
        """In a few words what stands still; nothing if all moves."""
        longest = max((each.seconds for each in self._doing()), default=0.0)
        return f"a chunk has been written for {longest:.0f} s" if longest > self._patience_s else ""

    def look(self) -> None:
        """Log it where that has changed."""
        stands = bool(self.amiss)
        if stands and not self._stood:
            log.warning("writer_stands_still", seconds=[round(each.seconds) for each in self._doing()])
        elif self._stood and not stands:
            log.info("writer_moves_again")
        self._stood = stands
