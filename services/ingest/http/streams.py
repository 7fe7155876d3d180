"""Answers that are sent while they are read. Each holds a thread until its client has all of it, so they are few."""

import uuid
import weakref
from collections.abc import Iterator

from libs.contracts.refusals import Refusal
from libs.lookup.slots import Slots


class Streamed:
    """A streamed answer and its place, which is given back at its end, or with the object where nobody sends it.

    WSGI servers call `close` however an answer has ended (PEP 3333). Raises Refusal where no place is free.
    """

    def __init__(self, slots: Slots, tenant_id: uuid.UUID) -> None:
        if not slots.take(tenant_id):
            raise Refusal("TOO_MANY_STREAMS", headers={"Retry-After": "1"})
        self.close = weakref.finalize(self, slots.give_back, tenant_id)
        self.pieces: Iterator[bytes] = iter(())

    def __iter__(self) -> Iterator[bytes]:
        return self.pieces
