"""What a job costs until it is written, so that one bound holds for memory and for work (ADR 0013).

A cost is in bytes: of Redis' memory, or of the payload that so much work usually takes, whichever is more. Identical
records shrink to nothing, and are work all the same.
"""

from libs.jobs.values import ChunkBlob

JOB_BYTES = 1_800
"""The hash of an open job, its entries in sets and lists, its audit entry: measured, with those of `CHUNK_BYTES`, on
Valkey 9. What of it goes with the job's end, `prelude.lua` knows."""
CHUNK_BYTES = 800
"""The hash of a chunk beside payload and rejects."""
RECORD_BYTES, LINK_BYTES = 24, 5
"""An activity with three links takes 36 to 40 bytes while it waits; PostgreSQL works on a link a fifth as long as on
the rest of a record."""
PLACE_RECORDS, PLACE_LINKS = 2_000, 16_000
"""A chunk takes a place of its tenant's window for so many records, or links, that it begins."""


def job_bytes(chunks: int) -> int:
    """What a job of so many chunks takes beside what is in them."""
    return JOB_BYTES + chunks * CHUNK_BYTES


def chunk_bytes(chunk: ChunkBlob) -> int:
    """What a chunk counts for until it is settled."""
    return max(len(chunk.payload) + len(chunk.rejects), RECORD_BYTES * chunk.records + LINK_BYTES * chunk.links)


def places(chunk: ChunkBlob) -> int:
    """Places that a chunk takes of the window."""
    return max(1, -(-chunk.records // PLACE_RECORDS), -(-chunk.links // PLACE_LINKS))
