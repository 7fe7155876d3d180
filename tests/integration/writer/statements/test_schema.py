"""The structs and the tables describe the same columns, and whole records come through."""

import datetime
import types
import typing
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType
from msgspec.structs import replace
from psycopg.rows import dict_row

from deploy.local.servers.postgres import PostgresServer
from libs.contracts import binary
from libs.contracts.inventory.records import ENTITIES, Entity, Record
from libs.contracts.inventory.rows import encoders
from services.writer.inventory.rows import FINGERPRINT
from tests.servers import cloned_database
from tests.writing import Desk, category, open_desk, recipient, transfer

ADDED = [("job_id", "uuid", False), ("created_at", "timestamptz", False), ("updated_at", "timestamptz", False)]
POSTGRES_TYPE = {
    binary.text: "text",
    binary._BOOLEANS.__getitem__: "bool",
    binary._ANSWERS.__getitem__: "bool",
    binary.int4: "int4",
    binary.int8: "int8",
    binary.date: "date",
}

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=60)
BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    str: texts, bool: st.booleans(), uuid.UUID: st.uuids(), types.NoneType: st.none(),
    datetime.date: st.dates(datetime.date(1, 1, 1), datetime.date(9999, 12, 31)), UnsetType: st.just(UNSET),
}  # fmt: skip
BY_NAME = {
    "retention_period_months": st.sampled_from([None, UNSET]) | st.integers(0, 1200),
    "data_subject_count": st.sampled_from([None, UNSET]) | st.integers(0, 2**63 - 1),
    "transfer_case": st.sampled_from([None, UNSET]) | st.integers(1, 5),
    "external_id": st.sampled_from([None, UNSET]) | st.uuids().map(str),
}

each_entity = pytest.mark.parametrize("entity", ENTITIES.values(), ids=lambda entity: entity.name)


@pytest.fixture(scope="module")
def desk(postgres: PostgresServer, template: str, redis_client: redis.Redis) -> Iterator[Desk]:
    """A writer on a database of this module's own."""
    with cloned_database(postgres.url, template) as url, open_desk(url, redis_client) as desk:
        yield desk


def table_columns(desk: Desk, table: str) -> list[tuple[str, str, bool]]:
    """A table's columns in their order: name, type, and whether they may be NULL."""
    query = (
        "SELECT column_name, udt_name, is_nullable = 'YES' FROM information_schema.columns "
        "WHERE table_schema = 'inventory' AND table_name = %s ORDER BY ordinal_position"
    )
    return [(name, kind, nullable) for name, kind, nullable in desk.run(query, table)]


def primary_key(desk: Desk, table: str) -> list[str]:
    query = (
        "SELECT a.attname FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k (attnum, place) "
        "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum "
        "WHERE i.indisprimary AND i.indrelid = ('inventory.' || %s)::regclass ORDER BY k.place"
    )
    return [name for (name,) in desk.run(query, table)]


def members(hint: Any) -> set[Any]:
    """The types of a union, or the type itself."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        return {part for member in typing.get_args(hint) for part in members(member)}
    return {hint}


@each_entity
def test_the_tables_columns_are_the_structs_fields(desk: Desk, entity: Entity) -> None:
    hints = typing.get_type_hints(entity.record)
    kinds = [POSTGRES_TYPE[getattr(encode, "__wrapped__", encode)] for encode in encoders(entity)]
    fields = [
        (name, kind, types.NoneType in members(hints[name]))
        for name, kind in zip(entity.columns[1:], kinds, strict=True)
    ]
    ids = [("tenant_id", "uuid", False), (entity.id_field, "uuid", False)]
    # What came by a later migration stands behind all others.
    first = [field for field in fields if field[0] not in entity.seldom]
    later = [field for field in fields if field[0] in entity.seldom]
    assert table_columns(desk, entity.table) == [*ids, *first, *ADDED, *later, (FINGERPRINT, "uuid", True)]
    assert primary_key(desk, entity.table) == ["tenant_id", entity.id_field]


@each_entity
def test_the_link_tables_name_their_ends(desk: Desk, entity: Entity) -> None:
    for link in entity.links:
        ends = ["tenant_id", entity.id_field, link.column]
        assert table_columns(desk, link.table) == [(name, "uuid", False) for name in ends]
        assert primary_key(desk, link.table) == ends
        assert primary_key(desk, link.target) == ["tenant_id", link.column]
    last = entity.record.__struct_fields__[len(entity.columns) :]
    assert last == (*(link.field for link in entity.links), *(link.names for link in entity.links))


def test_every_table_of_the_inventory_is_an_entitys_or_a_links(desk: Desk) -> None:
    query = "SELECT relname FROM pg_class WHERE relnamespace = 'inventory'::regnamespace AND relkind IN ('r', 'p')"
    tables = {name for (name,) in desk.run(f"{query} AND NOT relispartition")}
    tables.remove("organisation")  # one row a tenant, which no batch writes
    expected = [(entity.table, *(link.table for link in entity.links)) for entity in ENTITIES.values()]
    assert tables == {name for names in expected for name in names}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    if typing.get_origin(hint) is typing.Literal:
        return st.sampled_from(typing.get_args(hint))
    kinds = sorted(members(hint), key=str)
    return st.one_of(values_of(kind) for kind in kinds) if len(kinds) > 1 else BY_TYPE[hint]


def records_of(entity: Entity, linked: dict[str, list[uuid.UUID]]) -> st.SearchStrategy[list[Record]]:
    """Records with ids of their own; their lists hold some of the ids given by field, repeats included."""
    hints = typing.get_type_hints(entity.record)
    fields = {name: BY_NAME[name] if name in BY_NAME else values_of(hints[name]) for name in entity.columns}
    fields[entity.id_field] = st.uuids()
    fields |= {
        name: st.sampled_from([None, UNSET]) | st.lists(st.sampled_from(ids), max_size=4)
        for name, ids in linked.items()
    }
    fields |= {
        link.names: st.sampled_from([None, UNSET]) | st.lists(st.sampled_from(linked[link.field]).map(str), max_size=3)
        for link in entity.links
    }
    names: tuple[Callable[[Any], Any], ...] = (
        lambda record: getattr(record, entity.id_field),
        lambda record: record.external_id or object(),
    )
    return st.lists(st.builds(entity.record, **fields), min_size=1, max_size=6, unique_by=names)


def written_links(desk: Desk, entity: Entity, tenant: uuid.UUID) -> dict[uuid.UUID, dict[str, list[uuid.UUID]]]:
    """By record: the ids that its lists hold."""
    found: dict[uuid.UUID, dict[str, list[uuid.UUID]]] = {}
    for link in entity.links:
        for row in desk.rows(f"inventory.{link.table}", tenant):
            found.setdefault(row[entity.id_field], {}).setdefault(link.field, []).append(row[link.column])
    return found


def as_stored(entity: Entity, record: Record) -> Record:
    """A record as a new row has it: what did not come is null, false or nothing, and a list is a set."""
    hints = typing.get_type_hints(entity.record)
    flags = {name for name in entity.columns if {bool, UnsetType} == members(hints[name])}
    empty = {name: False if name in flags else None for name in entity.columns[1:]}
    values = {name: getattr(record, name) for name in entity.members}
    for link in entity.links:
        values[link.field] = sorted({*(values[link.field] or ()), *map(uuid.UUID, values.pop(link.names) or ())})
    stored = {name: empty[name] if value is UNSET else value for name, value in values.items()}
    return replace(record, **stored, **{link.names: UNSET for link in entity.links})


@each_entity
@pytest.mark.parametrize("mode", ["insert", "upsert"])
def test_records_are_stored_as_they_were_sent(desk: Desk, entity: Entity, mode: str) -> None:
    """Insert takes the straight COPY, upsert the way through the staging table."""
    make = {"data_category": category, "recipient": recipient, "data_transfer": transfer}
    linked = {link.field: sorted(uuid.uuid4() for _ in range(3)) for link in entity.links}

    @settings(max_examples=10, deadline=None)
    @given(records=records_of(entity, linked))
    def check(records: list[Record]) -> None:
        tenant = uuid.uuid4()
        for link in entity.links:
            desk.write(tenant, [
                make[link.target](**{link.column: own}, external_id=str(own)) for own in linked[link.field]
            ])  # fmt: skip
        job = desk.write(tenant, records, mode=mode).lease.job
        with psycopg.connect(desk.database_url, row_factory=dict_row) as connection:
            columns = ", ".join(entity.columns)
            rows = connection.execute(f"SELECT {columns} FROM inventory.{entity.table} WHERE job_id = %s", (job.id,))
            links = written_links(desk, entity, tenant)
            none: dict[str, list[uuid.UUID]] = {field: [] for field in linked}
            stored = {
                row[entity.id_field]: entity.record(**row, **none | links.get(row[entity.id_field], {})) for row in rows
            }
        assert stored == {getattr(record, entity.id_field): as_stored(entity, record) for record in records}

    check()
