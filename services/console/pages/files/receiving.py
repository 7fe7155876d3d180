"""Has what a browser brings become a file, stretch by stretch, by the code that ingest receives with.

A stretch is one request, and no longer than the parts that files are kept in. It is taken from the network without a
thread, and is then made durable by one, so that slow clients hold nothing but their place and their memory.
"""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import falcon.asgi
import psycopg
import redis
import structlog

from libs.contracts.files.file import StoredFile
from libs.contracts.ids import uuid7
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.types.analyze import ANALYZE, AnalyzeParameters
from libs.intake.options import Origin
from libs.lookup.slots import Slots
from libs.steering.files import file_audit
from libs.steering.opening import TaskOpening
from libs.telemetry.metrics.requests import UPLOADS
from libs.uploads.files import FileStore
from libs.uploads.receiving import PART_BYTES
from libs.uploads.rows import NewFile
from services.console.http.bodies import Body
from services.console.http.threads import Threads

log = structlog.get_logger()

CUT = ("BODY_INCOMPLETE", "BODY_TIMEOUT")
"""What has come before one of these is kept."""


class Receiver:
    """Receives for one process."""

    def __init__(self, store: FileStore, opening: TaskOpening, threads: Threads, slots: Slots) -> None:
        self._store = store
        self._opening = opening
        self._threads = threads
        self._slots = slots

    def announce(self, origin: Origin, name: str, size: int, metadata: str) -> StoredFile:
        """A file that somebody is about to bring; whoever has begun to bring it goes on. Raises Refusal."""
        if not size:
            raise Refusal("FILE_EMPTY")
        new = new_file(origin, name, size, metadata)
        return self._store.resting(new) or self._store.begin(new, file_audit(origin, "bring", new.file_id)).file

    async def stretch(self, req: falcon.asgi.Request, origin: Origin, file_id: uuid.UUID, offset: int) -> StoredFile:
        """Add a request's body to a file at this offset; the file as it is then. What has come is kept if it is cut.

        Raises Refusal.
        """
        if (req.content_length or 0) > PART_BYTES:
            raise Refusal("BODY_TOO_LARGE", limit=PART_BYTES)
        with self.place(origin.caller.tenant_id):
            data = bytearray()
            try:
                async for piece in Body(req):
                    data += piece
            except Refusal as refusal:
                if data and refusal.problem.code in CUT:
                    await self._threads.run(self._add, origin, file_id, offset, bytes(data))
                raise
            return await self._threads.run(self._add, origin, file_id, offset, bytes(data))

    @contextmanager
    def place(self, tenant_id: uuid.UUID) -> Iterator[None]:
        """One of the places for uploads. Raises Refusal where none is free."""
        if not self._slots.take(tenant_id):
            raise Refusal("TOO_MANY_UPLOADS", headers={"Retry-After": "2"})
        try:
            yield
        finally:
            self._slots.give_back(tenant_id)

    def ended(self, origin: Origin, file: StoredFile, protocol: str) -> StoredFile:
        """Count a file that is complete, and have it looked at."""
        UPLOADS.labels(protocol).inc()
        asked = AnalyzeParameters(file_id=file.file_id)
        try:
            self._opening.open(origin, ANALYZE, asked, key=f"upload/{file.file_id}")
        except (Refusal, psycopg.Error, redis.RedisError) as error:  # the file is safe; its page has a button for it
            log.warning("analysis_not_opened", exc_info=error)
        return file

    def _add(self, origin: Origin, file_id: uuid.UUID, offset: int, data: bytes) -> StoredFile:
        receiving = self._store.go_on(origin.caller.tenant_id, file_id, offset=offset)
        try:
            receiving.add(data)
            receiving.save()
            if receiving.offset < (receiving.file.size or 0):
                return receiving.now
            return self.ended(origin, receiving.finish(), "tus")
        finally:
            receiving.rest()

    def forget(self, file: StoredFile) -> None:
        """Undo what was begun and cannot be gone on with."""
        with suppress(psycopg.Error, Refusal):
            self._store.delete(file.tenant_id, file.file_id)


def new_file(origin: Origin, name: str, size: int | None, metadata: str = "") -> NewFile:
    """A file that this person brings."""
    return NewFile(
        tenant_id=origin.caller.tenant_id, file_id=uuid7(time.time_ns() // 1_000_000), name=name, size=size,
        created_by=origin.caller.subject, metadata=metadata,
    )  # fmt: skip
