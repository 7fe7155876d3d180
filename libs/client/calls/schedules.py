"""Schedules: jobs that open again and again."""

from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from libs.client.connection import Connection, decode
from libs.contracts.tasks.schedules import (
    DEFAULT_GRACE_S,
    DEFAULT_ZONE,
    Schedule,
    ScheduleBody,
    ScheduleList,
    ScheduleStory,
)

SCHEDULES = "/api/v1/schedules"


class _Opened(Struct):
    id: UUID


class ScheduleCalls:
    """What can be done with the tenant's schedules. Every method raises SluiceError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def schedules(self) -> list[Schedule]:
        """All of them, by name; after them those of the system, for whoever may see it."""
        return self._connection.get(SCHEDULES, ScheduleList).schedules

    def schedule(self, name: str) -> ScheduleStory:
        """One of them, and when it ran."""
        return self._connection.get(f"{SCHEDULES}/{name}", ScheduleStory)

    def put_schedule(
        self,
        name: str,
        kind: str,
        when: str,
        parameters: dict[str, Any],
        *,
        zone: str = DEFAULT_ZONE,
        grace_seconds: int = DEFAULT_GRACE_S,
        paused: bool = False,
    ) -> Schedule:
        """Have jobs of a type be opened with these parameters; `when` is cron, or words like `daily 02:00`."""
        body = ScheduleBody(
            type=kind, when=when, parameters=parameters, zone=zone, grace_seconds=grace_seconds, paused=paused
        )
        headers = {"Content-Type": "application/json"}
        answer = self._connection.send("PUT", f"{SCHEDULES}/{name}", headers=headers, content=msgspec.json.encode(body))
        return decode(answer, Schedule)

    def delete_schedule(self, name: str) -> None:
        """Have it be no more; its jobs stay."""
        self._connection.send("DELETE", f"{SCHEDULES}/{name}")

    def run_schedule(self, name: str) -> UUID:
        """Open its job now, and say which it is."""
        return decode(self._connection.send("POST", f"{SCHEDULES}/{name}/run"), _Opened).id
