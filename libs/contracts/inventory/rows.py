"""A record as a row of its table, in the format of PostgreSQL's COPY.

Ingest makes the row, once, when it cuts a batch into chunks; PostgreSQL reads it. Nobody in between decodes it, unless
something is wrong with it. A row holds the record's id and its other columns; the tenant before them and the job behind
them are the writer's to add.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain, repeat
from operator import attrgetter
from typing import Any

from msgspec import Struct, inspect
from msgspec.structs import astuple

from libs.contracts import binary
from libs.contracts.inventory.records import Entity, Record

ID = slice(len(binary.UUID_LENGTH), binary.UUID_FIELD)
"""Where a row has the 16 bytes of its id."""
ID_FIELD = slice(0, binary.UUID_FIELD)


class LinkedIds(Struct, frozen=True, array_like=True):
    """What the records of a chunk refer to through one of their lists."""

    lists: list[bytes]
    """For each record, the ids of its list as uuid fields, one after the other, repeats included."""
    targets: bytes
    """The distinct ids of all lists, in the same way."""


class LinkedNames(Struct, frozen=True, array_like=True):
    """What the records of a chunk refer to by external ids, through one of their lists."""

    lists: list[int]
    """For each record, which of the distinct lists it has; scanners send the same few again and again."""
    distinct: list[list[int]]
    """Distinct lists: the places of their names, repeats included."""
    names: list[str]
    """The distinct external ids of all lists."""

    def of(self, record: int) -> list[str]:
        """The list of one record, as it came."""
        return [self.names[place] for place in self.distinct[self.lists[record]]]

    @property
    def count(self) -> int:
        """How many external ids the records' lists hold."""
        lengths = list(map(len, self.distinct))
        return sum(map(lengths.__getitem__, self.lists))


@cache
def _field_types(entity: Entity) -> dict[str, inspect.Type]:
    info = inspect.type_info(entity.record)
    assert isinstance(info, inspect.StructType)
    return {field.name: field.type for field in info.fields}


@cache
def encoders(entity: Entity) -> tuple[binary.Encoder, ...]:
    """The encoders of the entity's columns after its id."""
    return tuple(binary.encoder(_field_types(entity)[name]) for name in entity.columns[1:])


@cache
def _name_lists(entity: Entity) -> Any:
    return attrgetter(*(link.names for link in entity.links))


def name_lists(entity: Entity, records: Iterable[Record]) -> Iterator[list[str]]:
    """Every list of external ids that came with a record and is not empty."""
    if not entity.links:
        return iter(())
    return filter(None, chain.from_iterable(map(_name_lists(entity), records)))


def count_names(entity: Entity, records: Iterable[Record]) -> int:
    """How many external ids the lists of some records hold."""
    return sum(map(len, name_lists(entity, records)))


def values_of(entity: Entity, records: Sequence[Record]) -> dict[str, Sequence[Any]]:
    """The values of records of one struct by member, all but their ids: work goes on down the columns."""
    if not records:
        return dict.fromkeys(entity.members, ())
    values: Iterable[Sequence[Any]] = zip(*map(astuple, records), strict=True)
    columns = dict(zip(records[0].__struct_fields__, values, strict=True))
    del columns[entity.id_field]
    return columns


def encode_rows(entity: Entity, ids: Sequence[bytes], values: Mapping[str, Sequence[Any]]) -> list[bytes]:
    """The rows of records with these ids (16 bytes each): the id, and the columns that are among the values.

    It works down the columns, which keeps the interpreter out of the inner loop.
    """
    parts: list[Iterable[bytes]] = [repeat(binary.UUID_LENGTH, len(ids)), ids]
    for name, encode in zip(entity.columns[1:], encoders(entity), strict=True):
        if name in values:
            parts += binary.text_column(values[name]) if encode is binary.text else [map(encode, values[name])]
    return list(map(b"".join, zip(*parts, strict=True)))


def encode_links(entity: Entity, values: Mapping[str, Sequence[Any]], *, empty: bool) -> dict[str, LinkedIds]:
    """What records refer to, by the field that holds the list.

    A field that is empty in all of them is left out unless `empty` asks for it.
    """
    links: dict[str, LinkedIds] = {}
    for link in entity.links:
        lists = values.get(link.field, ())
        if any(lists) or (empty and lists):
            packed = [ids or b"" for ids in lists]
            distinct = b"".join(set(packed))
            targets = {distinct[at : at + binary.UUID_FIELD] for at in range(0, len(distinct), binary.UUID_FIELD)}
            links[link.field] = LinkedIds(packed, b"".join(targets))
    return links


def encode_names(entity: Entity, values: Mapping[str, Sequence[Any]], *, empty: bool) -> dict[str, LinkedNames]:
    """What records refer to by external ids, by the field that holds the list; `empty` as in `encode_links`."""
    named: dict[str, LinkedNames] = {}
    for link in entity.links:
        lists = values.get(link.names, ())
        if any(lists) or (empty and lists):
            plain = [tuple(names or ()) for names in lists]
            distinct = {each: number for number, each in enumerate(dict.fromkeys(plain))}
            places = {name: place for place, name in enumerate(dict.fromkeys(chain.from_iterable(distinct)))}
            named[link.names] = LinkedNames(
                list(map(distinct.__getitem__, plain)),
                [list(map(places.__getitem__, each)) for each in distinct],
                list(places),
            )
    return named


def count_links(linked: Iterable[LinkedIds], named: Iterable[LinkedNames]) -> int:
    """How many ids and external ids the lists hold, repeats included."""
    ids = sum(len(ids) for each in linked for ids in each.lists) // binary.UUID_FIELD
    return ids + sum(each.count for each in named)


def join_ids(ids: Iterable[bytes]) -> bytes:
    """Ids of 16 bytes as uuid fields, one after the other."""
    return binary.UUID_LENGTH.join((b"", *ids))


def split_ids(fields: bytes) -> list[bytes]:
    """The ids of one record's list, 16 bytes each, from its uuid fields."""
    size = binary.UUID_FIELD
    return [fields[at + len(binary.UUID_LENGTH) : at + size] for at in range(0, len(fields), size)]


def decode_row(entity: Entity, columns: Sequence[str], row: bytes) -> dict[str, Any]:
    """A row's values by column, NULLs left out; slow, for the few that are shown to somebody.

    Columns unknown to this version are left out too. Raises ValueError, OverflowError where the bytes are no row.
    """
    kinds = _field_types(entity)
    values: dict[str, Any] = {}
    for name, field in zip(columns, binary.fields(row), strict=True):
        if field is not None and name in kinds:
            values[name] = uuid.UUID(bytes=field) if name == entity.id_field else binary.decoder(kinds[name])(field)
    return values
