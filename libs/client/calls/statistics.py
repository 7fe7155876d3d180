"""Reading statistics."""

import datetime

from libs.client.connection import Connection
from libs.contracts.statistics import Statistics, Step, Summary

STATS = "/api/v1/stats"


class StatisticsCalls:
    """What can be asked of what has happened. Every method raises SluiceError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def stats(
        self,
        *,
        step: Step = "minute",
        since: datetime.datetime | None = None,
        until: datetime.datetime | None = None,
        entity: str | None = None,
    ) -> Statistics:
        """Records by outcome, batches by their end, and durations; steps in which nothing happened are left out.

        By default the last hour by the minute, the last day by the hour, or 30 days by the day.
        """
        params = {
            "step": step, "entity": entity, "from": since and since.isoformat(), "to": until and until.isoformat(),
        }  # fmt: skip
        return self._connection.get(STATS, Statistics, params)

    def summary(self) -> Summary:
        """Open and ended jobs, records under way, and the latest jobs."""
        return self._connection.get(f"{STATS}/summary", Summary)
