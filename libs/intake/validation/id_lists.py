"""Lists of ids, each of which is read once: most come again and again, in one batch and the next.

A batch is decoded with each list as it stands, a `msgspec.Raw` (`usual_record`, `whole_record`). In its place then
comes what travels: the ids as uuid fields, one after the other, the same bytes for all records that have the same list.
"""

import threading
import uuid
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from itertools import compress, repeat
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import UNSET

from libs.contracts.inventory.members import MAX_LIST, Ids
from libs.contracts.inventory.records import Entity
from libs.contracts.inventory.rows import join_ids, split_ids
from libs.intake.validation.bodies import UNDECODABLE

LONGEST = 64 * MAX_LIST
"""Bytes of JSON: a list of as many ids takes less, as everybody writes them. What is longer is read with its record."""
KEPT_BYTES = 4 * 1024 * 1024
"""Of memory, for lists that are remembered: some 16,000 of one id."""
ENTRY_BYTES = 200
"""What a list that is remembered takes beside twice its JSON."""
WRONG: Any = object()
"""In place of what is not seen to be a list of ids."""

_decoder = msgspec.json.Decoder(list[Ids | None])
_plain_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
_plain_decoder = msgspec.msgpack.Decoder(list[list[bytes]])


class ListReader:
    """Reads lists of ids, and remembers what it has read as long as that is not much; threads may share it."""

    def __init__(self) -> None:
        self._known: dict[bytes, bytes | None] = {}
        self._size = 0
        self._lock = threading.Lock()

    def packed(self, texts: Sequence[bytes]) -> list[Any]:
        """The lists as they travel, None for null, and `WRONG` for what is to be read with its record."""
        known = self._known  # of which nothing is ever taken away: it is exchanged
        new = dict(_read(set(texts).difference(known)))
        right = {text: ids for text, ids in new.items() if ids is not WRONG}
        known.update(right)
        self._count(right)
        if len(right) == len(new):
            return list(map(known.__getitem__, texts))
        return [new[text] if text in new else known[text] for text in texts]

    def _count(self, texts: Collection[bytes]) -> None:
        with self._lock:
            self._size += ENTRY_BYTES * len(texts) + 2 * sum(map(len, texts))
            if self._size > KEPT_BYTES:
                self._known, self._size = {}, 0


_reader = ListReader()


def pack_lists(entity: Entity, records: Sequence[Any]) -> list[int]:
    """Pack the lists of ids of records that have just been decoded: those of a piece, which are in the cache.

    Gives the places of records of which something is no list of ids, ascending; they are to be read again.
    """
    return sorted({place for link in entity.links for place in _pack(link.field, records)})


def _pack(field: str, records: Sequence[Any]) -> Iterator[int]:
    came = list(map(attrgetter(field), records))
    places: Sequence[int] = range(len(came))
    if missing := came.count(UNSET):
        if missing == len(came):
            return iter(())
        has = [value is not UNSET for value in came]
        came, records, places = (list(compress(each, has)) for each in (came, records, places))
    packed = _reader.packed(list(map(bytes, came)))
    deque(map(setattr, records, repeat(field), packed), maxlen=0)
    return compress(places, [ids is WRONG for ids in packed])


def _read(texts: Collection[bytes]) -> Iterator[tuple[bytes, Any]]:
    """Each text with the list that it is, packed; null is None."""
    short = [text for text in texts if len(text) <= LONGEST]
    try:
        yield from zip(short, packed_lists(_decoder.decode(b"[" + b",".join(short) + b"]")), strict=True)
    except UNDECODABLE:
        for text in short:
            yield from ((text, WRONG),) if len(short) == 1 else _read([text])
    if len(short) < len(texts):
        yield from ((text, WRONG) for text in texts if len(text) > LONGEST)


def packed_lists(lists: Sequence[Any]) -> list[bytes | None]:
    """Lists of UUIDs as they travel. msgspec turns a UUID into bytes ten times faster than its own member does."""
    plain = _plain_decoder.decode(_plain_encoder.encode([ids or () for ids in lists]))
    return [None if ids is None else join_ids(each) for ids, each in zip(lists, plain, strict=True)]


def plain_members(entity: Entity, record: Any) -> dict[str, Any]:
    """What came with a record whose lists are packed, in JSON's own types."""
    members: dict[str, Any] = msgspec.to_builtins(record, builtin_types=(bytes,))
    for link in entity.links:
        if members.get(link.field) is not None:
            members[link.field] = [str(uuid.UUID(bytes=each)) for each in split_ids(members[link.field])]
    return members
