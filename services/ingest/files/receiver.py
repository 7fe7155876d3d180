"""Has the body of a request become a file, or a stretch of one."""

import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress

import falcon
import psycopg

from libs.contracts.files.file import StoredFile
from libs.contracts.ids import uuid7
from libs.contracts.refusals import Refusal
from libs.intake.options import Origin
from libs.lookup.slots import Slots
from libs.steering.files import file_audit
from libs.telemetry.metrics.requests import UPLOAD_BYTES
from libs.telemetry.process.crashpoints import crash_point
from libs.uploads.files import FileStore
from libs.uploads.receiving import Receiving
from libs.uploads.rows import NewFile
from services.ingest.files.holders import Holders
from services.ingest.files.protocols.announced import Announced
from services.ingest.files.protocols.tus import Checksum
from services.ingest.http.body import BodyReader

LOOK_EVERY_S = 1.0
"""How often a request looks whether a newer one has taken its upload over."""
CUT = ("BODY_INCOMPLETE", "BODY_TIMEOUT", "UPLOAD_BEYOND_LENGTH")
"""What has come before one of these is kept."""


class Receiver:
    """Receives for one process, so much at once that other requests find threads."""

    def __init__(self, store: FileStore, bodies: BodyReader, slots: Slots) -> None:
        self._store, self._bodies, self._slots = store, bodies, slots
        self._holders = Holders()

    @contextmanager
    def place(self, tenant_id: uuid.UUID) -> Iterator[None]:
        """One of the places for uploads. Raises Refusal where none is free."""
        if not self._slots.take(tenant_id):
            raise Refusal("TOO_MANY_UPLOADS", headers={"Retry-After": "2"})
        try:
            yield
        finally:
            self._slots.give_back(tenant_id)

    def announce_once(self, origin: Origin, file: Announced, key: str) -> StoredFile:
        """Announce a file; whoever repeats that with the same key finds the upload as it stands. Raises Refusal."""
        tenant_id = origin.caller.tenant_id
        file_id = uuid.uuid5(tenant_id, "\0".join((key, file.name, str(file.size))))
        # What is there is found before its place among the tenant's files is counted once more.
        if found := self._store.file(tenant_id, file_id):
            return found
        try:
            return self.begin(origin, file, file_id=file_id).file
        except psycopg.errors.UniqueViolation as error:  # by a request at the same time, or it is forgotten
            found = self._store.file(tenant_id, file_id)
            if found is None:
                raise Refusal("FILE_NOT_FOUND") from error
            return found

    def begin(
        self, origin: Origin, file: Announced, *, together: bool = False, file_id: uuid.UUID | None = None
    ) -> Receiving:
        """Announce a file that somebody brings. Raises Refusal."""
        caller = origin.caller
        new = NewFile(
            tenant_id=caller.tenant_id, file_id=file_id or uuid7(time.time_ns() // 1_000_000), name=file.name,
            size=file.size, created_by=caller.subject, metadata=file.metadata,
        )  # fmt: skip
        receiving = self._store.begin(new, file_audit(origin, "bring", new.file_id), together=together)
        crash_point("upload.after_begin")
        return receiving

    def take_over(self, tenant_id: uuid.UUID, file_id: uuid.UUID) -> StoredFile:
        """The upload as it stands, and as it stays: nobody who has it now adds to it any more. Raises Refusal."""
        self._holders.end((tenant_id, file_id))
        return self._store.go_on(tenant_id, file_id).file

    def stretch(
        self, req: falcon.Request, receiving: Receiving, *, ends: bool, checksum: Checksum | None = None
    ) -> StoredFile:
        """Add the body to a file, which is complete where it `ends` with that, or has all that was announced.

        What has come is acknowledged even where the rest does not come; with a checksum, all of it or nothing.
        Raises Refusal.
        """
        receiving.require_room(req.content_length or 0)
        place = (receiving.file.tenant_id, receiving.file.file_id)
        with self._holders.holding(place, req.env.get("gunicorn.socket")):
            self._fill(req, receiving, checksum)
        ends = ends or receiving.offset == receiving.file.size
        return receiving.finish() if ends else receiving.now

    @contextmanager
    def or_nothing(self, receiving: Receiving) -> Iterator[None]:
        """Have the file be forgotten where the block fails: nobody knows its name, to go on with it."""
        try:
            yield
        except BaseException:
            with suppress(psycopg.Error, Refusal):
                self._store.delete(receiving.file.tenant_id, receiving.file.file_id)
            raise

    def _fill(self, req: falcon.Request, receiving: Receiving, checksum: Checksum | None) -> None:
        try:
            self._add(req, receiving, checksum)
            receiving.save()
        except Refusal as refusal:
            if checksum is None and refusal.problem.code in CUT:
                receiving.save()
            else:
                receiving.drop()
            raise
        finally:
            receiving.rest()

    def _add(self, req: falcon.Request, receiving: Receiving, checksum: Checksum | None) -> None:
        digest = checksum.begin() if checksum else None
        with closing(self._bodies.blocks(req)) as blocks:
            for block in watched(receiving, blocks):
                receiving.add(block)
                if digest:
                    digest.update(block)
        if checksum and digest and digest.digest() != checksum.digest:
            raise Refusal("CHECKSUM_MISMATCH")


def watched(receiving: Receiving, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks, for as long as no newer request has the upload. Raises Refusal."""
    looked = time.monotonic()
    for block in blocks:
        UPLOAD_BYTES.inc(len(block))
        yield block
        if (now := time.monotonic()) - looked >= LOOK_EVERY_S:
            looked = now
            receiving.require_held()
