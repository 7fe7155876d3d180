"""A batch of rows of which some are refused already: what a load makes of a segment of its file."""

from collections.abc import Sequence

from msgspec.structs import replace

from libs.contracts.chunks import Fault, Reject
from libs.contracts.records import Entity
from libs.intake.validation import Batch, validate_lines

Row = bytes | list[Fault]
"""A record's JSON, or what is wrong with the row that should have been one."""


def validate_rows(entity: Entity, rows: Sequence[Row]) -> Batch:
    """The batch of these rows, each at its place. `raw` of its rejects stays empty: the file has the bytes."""
    places = [place for place, row in enumerate(rows) if isinstance(row, bytes)]
    inner = validate_lines(entity, [row for row in rows if isinstance(row, bytes)])
    refused = [Reject(place, "validate", row, b"") for place, row in enumerate(rows) if not isinstance(row, bytes)]
    rejects = [replace(reject, index=places[reject.index], raw=b"") for reject in inner.rejects] + refused
    return Batch(
        entity,
        len(rows),
        [places[index] for index in inner.indexes],
        inner.records,
        sorted(rejects, key=lambda reject: reject.index),
    )
