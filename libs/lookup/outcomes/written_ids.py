"""Tells by which ids the records of a job are in the database, from the ledger."""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence

from libs.contracts.answers import RecordId
from libs.contracts.chunks import IdMaker, SettledChunk


def written_ids(
    job_id: uuid.UUID, chunks: Sequence[SettledChunk], own: Mapping[int, bytes], rejected: Collection[int]
) -> Iterator[RecordId]:
    """Every record that these chunks have written, by index.

    `own` has the ids that came with records, by index; `rejected` the indexes of all records that were not written.
    """
    for chunk in chunks:
        if chunk.outcome.written:
            yield from _ids(job_id, chunk, own, rejected)


def _ids(
    job_id: uuid.UUID, chunk: SettledChunk, own: Mapping[int, bytes], rejected: Collection[int]
) -> Iterator[RecordId]:
    made, resolved = IdMaker(job_id, chunk.outcome.epoch_ms), chunk.outcome.resolved
    for index in range(chunk.span.first, chunk.span.end):
        if index not in rejected:
            known = resolved.get(index) or own.get(index)
            yield RecordId(index, str(uuid.UUID(bytes=known)) if known else made.text(index))
