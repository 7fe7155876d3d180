"""How a batch is to be handled, and where it comes from."""

import hashlib
import uuid
from collections.abc import Iterable

from msgspec import Struct

from libs.contracts.inventory.records import Entity
from libs.contracts.jobs import Lane, Mode, OnError
from libs.identity.callers import Caller


class BatchOptions(Struct, frozen=True):
    """How a batch is to be handled."""

    entity: Entity
    kind: str
    mode: Mode
    on_error: OnError
    lane: Lane
    dry_run: bool
    key: str | None
    """The Idempotency-Key."""

    def fingerprint(self, body: bytes) -> str:
        """What makes two requests the same: content, kind and options."""
        return self.fingerprint_of([body])

    def fingerprint_of(self, pieces: Iterable[bytes]) -> str:
        """The same, for content that comes in pieces."""
        content = hashlib.sha256()
        for piece in pieces:
            content.update(piece)
        options = f"{self.entity.name} {self.kind} {self.mode} {self.on_error} ".encode()
        return hashlib.sha256(options + content.digest()).hexdigest()


class Origin(Struct, frozen=True):
    """What of a request goes with its job."""

    caller: Caller
    request_id: str
    traceparent: str
    route: str
    """What an Idempotency-Key is kept under, with the tenant."""
    parent_id: uuid.UUID | None = None
    """The task that opens the batch, if one does."""
    waits: bool = False
    """Whether the client waits for the job's end."""


def is_refused(options: BatchOptions, accepted: int, rejected: int) -> bool:
    """Whether validation alone decides that nothing is written."""
    return not accepted or (options.on_error == "abort" and rejected > 0)
