"""Rows, some at a time: neither too many for a message nor one longer than a record may be."""

from collections.abc import Iterable, Iterator

from libs.files.readers.outside.messages import Batch
from libs.files.readers.stretches import LARGEST_RECORD

MOST_ROWS = 1_000
MOST_CHARACTERS = 1024 * 1024


def batches(rows: Iterable[tuple[int, list[str]]]) -> Iterator[Batch]:
    """The rows that have any cell, with their numbers."""
    batch, size = Batch([], [], {}), 0
    for number, found in rows:
        length = sum(map(len, found))
        if length > LARGEST_RECORD:
            batch.faults[len(batch.rows)] = "RECORD_TOO_LONG"
        if found:
            batch.numbers.append(number)
            batch.rows.append(found if length <= LARGEST_RECORD else [])
            size += length
        if len(batch.rows) >= MOST_ROWS or size >= MOST_CHARACTERS:
            yield batch
            batch, size = Batch([], [], {}), 0
    if batch.rows:
        yield batch
