"""Reads a tenant's keys and rows into PostgreSQL's cache, then looks what is there.

There is no checkpoint: what a run has read that died is found by the next.
"""

from collections.abc import Iterator

from libs.contracts.tasks.types.upkeep.warm import Warmed, WarmResult
from libs.database.inventory.warming import STRETCH_ROWS, WALKS, Stretch, TenantPages, Walk
from libs.tasks.context import Context
from libs.telemetry.process.crashpoints import crash_point
from services.processor.tools import Tools


def run(context: Context, tools: Tools) -> WarmResult:
    """Read, once to have it there and once to see whether it is."""
    tenant = TenantPages(tools.pool, context.task.tenant_id)
    room = tenant.room()
    first = _Reading(context, tenant, "read", room)
    keys = [first.walk(number, walk) for number, walk in enumerate(WALKS)]
    crash_point("warm.after_read")
    again = _Reading(context, tenant, "check", room)
    for number, (walk, read) in enumerate(zip(WALKS, keys, strict=True)):
        if read.rows:
            again.walk(number, walk, read.rows)
    return WarmResult(
        pages=first.pages, read=first.missed, before=_share(first, first.pages), after=_share(again, first.pages),
        room=room, whole=all(each.whole for each in keys), keys=keys,
    )  # fmt: skip


def _share(reading: "_Reading", pages: int) -> float | None:
    """Of pages, those that were in the cache. One that was pushed out and read again is missed twice."""
    if reading.elsewhere:
        return None
    return round(max(0.0, 1 - reading.missed / pages), 4) if pages else 1.0


class _Reading:
    """All of a tenant's walks, one after the other, as long as there is room for what they bring."""

    def __init__(self, context: Context, tenant: TenantPages, stage: str, room: int) -> None:
        self._context, self._tenant, self._stage, self._room = context, tenant, stage, room
        self._seen: dict[str, bytearray] = {}  # by entity: a byte for each page of its table
        self._key_pages = 0
        self.missed = 0
        self.rows = 0
        self.elsewhere = False

    @property
    def pages(self) -> int:
        """Of tables and keys. A row is met once by each key, and its page counts once; ways down a key count again."""
        return self._key_pages + sum(seen.count(1) for seen in self._seen.values())

    def walk(self, number: int, walk: Walk, most: int | None = None) -> Warmed:
        """Read one of the walks, all of it or `most` rows."""
        rows, whole = 0, False
        for stretch in self._stretches(walk):
            rows += stretch.rows
            self._note(walk, stretch)
            counters = {"rows_read": self.rows, "pages_read": self.missed}
            self._context.progress(self._stage, number / len(WALKS), counters)
            whole = stretch.rows < STRETCH_ROWS
            if most is not None and rows >= most:
                break
        return Warmed(entity=walk.entity.name, key=walk.key, rows=rows, whole=whole)

    def _stretches(self, walk: Walk) -> Iterator[Stretch]:
        after, rows = walk.start, STRETCH_ROWS
        while rows == STRETCH_ROWS and self.missed < self._room:
            stretch = self._tenant.read(walk, after)
            yield stretch
            after, rows = stretch.last, stretch.rows

    def _note(self, walk: Walk, stretch: Stretch) -> None:
        seen = self._seen.setdefault(walk.entity.name, bytearray())
        seen.extend(bytes(max(0, max(stretch.pages, default=0) + 1 - len(seen))))
        for page in stretch.pages:
            seen[page] = 1
        self._key_pages += stretch.key_pages
        self.missed += len(stretch.pages) if stretch.elsewhere else stretch.missed
        self.elsewhere |= stretch.elsewhere
        self.rows += stretch.rows
