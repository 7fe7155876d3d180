"""A chunk: some records of one batch, the unit of delivery and of one PostgreSQL transaction.

What travels through Redis is msgpack, compressed with zstd level 1: the accepted records as rows of their table and,
apart from them, the records that ingest has already rejected, as they came.
"""

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from msgspec import Struct

from libs.contracts.inventory.rows import LinkedIds, LinkedNames
from libs.contracts.jobs import Lane
from libs.contracts.texts.problems import RECORD_ERRORS


class ChunkRef(Struct, frozen=True):
    """Where a chunk is; all that a Dramatiq message carries. `chunk_no` -1 stands for the end of the job."""

    tenant_id: uuid.UUID
    job_id: uuid.UUID
    chunk_no: int
    lane: Lane

    @property
    def is_end(self) -> bool:
        """Whether the work is to end the job instead of writing a chunk."""
        return self.chunk_no == END_OF_JOB


END_OF_JOB = -1


class Span(Struct, frozen=True):
    """The records of one chunk: a half-open range of indexes in the request."""

    first: int
    end: int


def span_of(chunk_no: int, records: int, *, total: int, chunks: int) -> Span:
    """The records of a chunk of this many; all chunks of a job but the last are of one size."""
    first = total - records if chunk_no == chunks - 1 else chunk_no * records
    return Span(first, first + records)


class Fault(Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong with a record: a code of `RECORD_ERRORS`, where, and the template's parameters."""

    code: str
    pointer: str = ""
    """A JSON Pointer (RFC 6901) into the record; empty for the record as a whole."""
    params: dict[str, Any] = {}


MOST_FAULTS = 20
"""Faults that are kept of a record; where it has more, the last one says how many."""


def kept_faults(faults: Iterable[Fault], uncounted: int = 0) -> list[Fault]:
    """The first faults of a record, and how many more it has, those `uncounted` ones included that were not made."""
    rest = iter(faults)
    kept = list(islice(rest, MOST_FAULTS))
    if len(kept) == MOST_FAULTS and (more := sum(1 for _ in rest) + uncounted):
        kept[-1] = Fault("MORE_ERRORS", params={"count": more + 1})
    return kept


class Reject(Struct, frozen=True, omit_defaults=True):
    """A record that is not written, and why."""

    index: int
    """The record's place in the request, from 0."""
    stage: str
    """`validate`, `reference` or `write`."""
    faults: list[Fault]
    raw: bytes
    """The record as it came, JSON."""
    id: str | None = None
    external_id: str | None = None
    failed: bool = False
    """Whether the cause lies outside the record, so that it counts as `failed`, not as `rejected`."""


REJECTS_PAGE = 250
"""Rejected records that are kept and read together,"""
REJECTS_PAGE_BYTES = 1024 * 1024
"""or as many as came in so many bytes, but one at least: whoever reads them holds a page."""


class RecordErrorView(Struct, frozen=True):
    """A record's error as the API shows it."""

    index: int
    id: str | None
    external_id: str | None
    code: str
    pointer: str
    error: str
    error_vi: str
    stage: str


class RowErrorView(RecordErrorView, frozen=True):
    """The same of a row of a file; `index` counts the rows below its header from 0."""

    row: int | str | None = None
    """Its line in the file, from 1, or `sheet!row`; null where the file is no longer there to be looked at."""
    column: str | None = None
    """The name of the column that is at fault; null where it is the row as a whole."""
    offset: int | None = None
    """Where the row begins: bytes from the beginning of the file, as it is once decompressed."""


class RecordErrors(Struct, frozen=True):
    """The errors of one record."""

    index: int
    views: Sequence[RecordErrorView]


def error_views(reject: Reject) -> list[RecordErrorView]:
    """Every error of one rejected record, worded in both languages."""
    return [
        RecordErrorView(
            reject.index, reject.id, reject.external_id, fault.code, fault.pointer,
            *RECORD_ERRORS[fault.code].text(fault.params), reject.stage,
        )
        for fault in reject.faults
    ]  # fmt: skip


class ChunkRecords(Struct, frozen=True, array_like=True):
    """The accepted records of a chunk, in the order of the request."""

    columns: tuple[str, ...]
    """The columns of each row: a chunk may be written by a later version than the one that made it."""
    indexes: list[int]
    """The records' places in the request."""
    own_ids: list[bool]
    """Whether a record's id came with it."""
    rows: list[bytes]
    links: dict[str, LinkedIds]
    """By the field that holds the list."""
    present: list[int] = []
    """By record, where stored rows may be changed and not all records have the same members: which of them came with
    it, a bit for each of the columns after the id, then of the links, then of the names. Else empty: all came that are
    named here."""
    names: dict[str, LinkedNames] = {}
    """By the field that holds the list. A payload of the version before has none."""


class Outcome(Struct, frozen=True, array_like=True):
    """What became of a chunk beyond its counters. Small: it holds exceptions only."""

    epoch_ms: int
    """The `epoch_ms` from which ids that the client did not send were made."""
    rejects: list[Reject] = []
    """Records refused by the writer, without `raw`."""
    resolved: dict[int, bytes] = {}
    """By index: the id of the stored row where it is neither the record's own nor the one that was made for it."""
    written: bool = True
    """False where no record of the chunk was written: it failed or was cancelled."""


class SettledChunk(Struct, frozen=True):
    """Which records of its request a chunk held, and what became of them."""

    span: Span
    outcome: Outcome


class IdMaker:
    """Makes the UUIDv7 (RFC 9562) of the records that came without an id.

    The same job, `epoch_ms` and index give the same id, so neither the payload nor a replayed answer has to store ids:
    48 bits of time, 50 bits of the job, 24 bits of the record's index.
    """

    MAX_INDEX = (1 << 24) - 1

    def __init__(self, job_id: uuid.UUID, epoch_ms: int) -> None:
        digest = int.from_bytes(hashlib.blake2b(job_id.bytes, digest_size=8).digest(), "big")
        rand_a, rand_b = digest & 0xFFF, (digest >> 12) & ((1 << 38) - 1)
        base = (epoch_ms & ((1 << 48) - 1)) << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b << 24
        self._bytes = base.to_bytes(16, "big")[:13]
        self._text = str(uuid.UUID(int=base))[:-6]

    def text(self, index: int) -> str:
        """The id of the record at `index`, as text."""
        return f"{self._text}{index:06x}"

    def all_bytes(self, indexes: Iterable[int]) -> list[bytes]:
        """The ids of the records at these indexes, as their 16 bytes."""
        return [self._bytes + index.to_bytes(3, "big") for index in indexes]
