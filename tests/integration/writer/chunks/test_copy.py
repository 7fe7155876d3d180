"""What is sent with COPY is what PostgreSQL holds: every type of column, every value."""

import datetime
import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from deploy.local.servers.postgres import PostgresServer
from libs.contracts import binary
from libs.contracts.inventory.rows import join_ids
from services.writer.inventory.copy import CopyCountError, send

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60)
dates = st.dates(datetime.date(1, 1, 1), datetime.date(9999, 12, 31))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@dataclass(frozen=True)
class Column:
    """A type of column: values, and how they are encoded."""

    kind: str
    encode: Callable[[Any], bytes]
    values: st.SearchStrategy[Any]


COLUMNS = [
    Column("text", binary.text, st.none() | texts),
    Column("uuid", lambda value: binary.uuid(value.bytes), st.uuids()),
    Column("bytea", binary.bytea, st.binary(max_size=60)),
    Column("jsonb", lambda value: binary.jsonb(json.dumps(value).encode()), json_values),
    Column("boolean", binary.boolean, st.booleans()),
    Column("integer", binary.int4, st.none() | st.integers(-(2**31), 2**31 - 1)),
    Column("bigint", binary.int8, st.none() | st.integers(-(2**63), 2**63 - 1)),
    Column("date", binary.date, st.none() | dates),
    Column(
        "uuid[]",
        lambda values: binary.bytea(binary.uuid_array(join_ids(value.bytes for value in values))),
        st.lists(st.uuids(), max_size=6).map(lambda ids: ids + ids[:2]),
    ),
]
TABLE = sql.SQL("CREATE TEMP TABLE sample (place integer, {})").format(
    sql.SQL(", ").join(sql.SQL(f"c{place} {column.kind}") for place, column in enumerate(COLUMNS))
)
LOW, HIGH, OTHER = uuid.UUID(int=0), uuid.UUID(int=2**128 - 1), uuid.uuid4()
FIRST, LAST = datetime.date(1, 1, 1), datetime.date(9999, 12, 31)
EDGES = [
    (None, LOW, b"", None, True, None, None, None, []),
    ("\\.\n\\N\t", HIGH, bytes(range(256)), "\\", False, -(2**31), 2**63 - 1, FIRST, [HIGH, LOW, HIGH]),
    ("Ứng dụng \U00010348🇻🇳\r\n", OTHER, b"PGCOPY\n\xff\r\n\0", [], True, 0, -(2**63), LAST, [OTHER]),
]


@pytest.fixture(scope="module")
def sample(postgres: PostgresServer) -> Iterator[psycopg.Cursor]:
    """A cursor of a session with an empty table `sample` of every type."""
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("SET timezone = 'Asia/Ho_Chi_Minh'")
        connection.execute(TABLE)
        yield connection.cursor()


def copied(cursor: psycopg.Cursor, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows as they come out of the table that they were sent to."""
    cursor.execute("TRUNCATE sample")
    encoded = [[column.encode(row[place]) for row in rows] for place, column in enumerate(COLUMNS)]
    data = binary.copy_stream([map(binary.int4, range(len(rows))), *encoded])
    send(cursor, "sample", "COPY sample FROM STDIN (FORMAT binary)", data, len(rows))
    cursor.execute("SELECT * FROM sample ORDER BY place")
    return [row[1:] for row in cursor.fetchall()]


def test_the_edges_of_every_type_come_back(sample: psycopg.Cursor) -> None:
    assert copied(sample, EDGES) == EDGES


@FEW
@given(rows=st.lists(st.tuples(*(column.values for column in COLUMNS)), max_size=8))
def test_every_value_comes_back(sample: psycopg.Cursor, rows: list[tuple[Any, ...]]) -> None:
    assert copied(sample, rows) == rows


def test_another_count_of_rows_is_an_error(sample: psycopg.Cursor) -> None:
    data = binary.copy_stream([[binary.int4(1), binary.int4(2)]])
    with pytest.raises(CopyCountError):
        send(sample, "sample", "COPY sample (place) FROM STDIN (FORMAT binary)", data, 3)
