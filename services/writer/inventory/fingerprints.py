"""What an upsert sends of a record, in 16 bytes. A stored row has those of the upsert that wrote it last.

It loses them with every other change, also of its links (migration 0032). So a row that has the fingerprint of what
comes now need not be compared, member by member and link by link: what it was given then is what it would be given now.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from libs.contracts import binary
from services.writer.inventory.rows import Row, Shape

SIZE = 16
"""Bytes. Two records of one tenant must have the same to be taken for one another, and only its own scanners could
look for such."""
BETWEEN = b"\xff"
"""Between lists of ids: no id's field begins with it."""
MOST_MEANINGS = 4_096
"""Sets of members that are remembered; clients decide which their records have."""


def mark(shape: Shape, rows: Sequence[Row]) -> None:
    """Give each row the fingerprint of what came with it, whatever came with its neighbours.

    The id does not count, which may be another one each time. References count as the ids that they stand for: a name
    may stand for another record than the last time.
    """
    every = (1 << len(shape.members)) - 1
    begun: dict[int, Callable[[], Any]] = {}
    for row in rows:
        came = row.present & every
        if (begin := begun.get(came)) is None:
            # To copy what was begun is a third cheaper than to begin anew.
            begin = begun[came] = blake2b(digest_size=SIZE, person=_meaning(shape, came)).copy
        hashed = begin()
        if came == every:
            hashed.update(BETWEEN.join((row.data[binary.UUID_FIELD :], *row.links)))
        else:
            hashed.update(BETWEEN.join((_fields_that_came(shape, came, row), *_links_that_came(shape, came, row))))
        row.fingerprint = binary.UUID_LENGTH + hashed.digest()


@lru_cache(MOST_MEANINGS)
def _meaning(shape: Shape, came: int) -> bytes:
    """What the bytes of a row stand for."""
    names = [name for place, name in enumerate(shape.members) if came >> place & 1]
    return blake2b(repr((shape.entity.name, names)).encode(), digest_size=SIZE).digest()


def _links_that_came(shape: Shape, came: int, row: Row) -> list[bytes]:
    lists = {name for place, name in enumerate(shape.members) if came >> place & 1}
    return [ids for link, ids in zip(shape.links, row.links, strict=True) if lists & {link.field, link.names}]


def _fields_that_came(shape: Shape, came: int, row: Row) -> bytes:
    """The row's columns after the id, without those that only a neighbour has; most rows have all."""
    data, at, fields = row.data, binary.UUID_FIELD, []
    for place in range(len(shape.columns) - 1):
        size = int.from_bytes(data[at : at + 4], "big", signed=True)
        end = at + 4 + max(size, 0)
        if came >> place & 1:
            fields.append(data[at:end])
        at = end
    return b"".join(fields)
