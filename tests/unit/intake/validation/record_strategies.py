"""Records as scanners send them, for Hypothesis: good ones, odd ones, and bodies made of them."""

import json
import re
from functools import cache
from typing import Any

from hypothesis import strategies as st
from msgspec import UNSET, inspect

from libs.contracts.inventory.records import ENTITIES, Entity
from libs.intake.validation.bodies import JSON, NDJSON

entities = st.sampled_from(list(ENTITIES.values()))
kinds = st.sampled_from([JSON, NDJSON])

# Letters with and without a composed form, white space that only Unicode knows, NUL, what JSON must escape, and what
# would end a line or a record.
CHARACTERS = 'aZ9 é\u0301\u0323ệ\u1100\u1161\u212b\u00a0\u2003\u3000\t\n\r\0\x0b\x1c\x85"\\/{}[],:=+-@\U0001f600'
texts = st.text(st.sampled_from(CHARACTERS), max_size=6)
odd_numbers = st.sampled_from([-1, 0, 1, 1200, 1201, 2**63 - 1, 2**63, 2**64, 10**25, 1.0, 12.0, 12.5, -0.0, 1e300])
IDS = [f"0190c8de-0000-7000-8000-00000000000{number}" for number in range(3)]
uuid_texts = st.uuids().flatmap(lambda value: st.sampled_from([str(value), value.hex, str(value).upper()]))
dates = st.dates().map(str) | st.sampled_from(["2024-02-30", "infinity", "now", "2024-01-01T00:00:00", "0000-01-01"])
plain = st.none() | st.booleans() | odd_numbers | st.integers() | texts | uuid_texts | dates
json_values = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))


def bare(kind: inspect.Type) -> inspect.Type:
    """The type without its null."""
    if isinstance(kind, inspect.UnionType):
        return next(part for part in kind.types if not isinstance(part, inspect.NoneType))
    return kind


def fields_of(entity: Entity) -> tuple[inspect.Field, ...]:
    """The members of an entity's records."""
    info = inspect.type_info(entity.record)
    assert isinstance(info, inspect.StructType)
    return info.fields


def members_of(entity: Entity, record: Any) -> tuple[Any, ...]:
    """What a record holds, whichever of the entity's structs it is of."""
    return tuple(getattr(record, name, UNSET) for name in entity.record.__struct_fields__)


TIDY = ["Tên", "Hợp đồng", "á", "x"]
UNTIDY = ["x ", " x", "Te\u0302n", "a\u0301", "\u00a0x"]


def _good(kind: inspect.Type, words: list[str], *, required: bool) -> st.SearchStrategy[Any]:
    values: list[Any]
    match bare(kind):
        case inspect.LiteralType(values=allowed):
            return st.sampled_from(allowed)
        case inspect.BoolType():
            return st.booleans()
        case inspect.ListType(item_type=inspect.StrType()):
            return st.lists(st.sampled_from(words), max_size=3)
        case inspect.ListType():
            return st.lists(st.sampled_from(IDS), max_size=3)
        case inspect.StrType(pattern=str()):
            values = ["0101234567", "0101234567-001"]
        case inspect.StrType():
            values = words
        case inspect.IntType(ge=1):
            values = [1, 5]
        case inspect.IntType():
            values = [0, 12, 1200]
        case inspect.DateType():
            values = ["2024-02-29", "0001-01-01", "9999-12-31"]
        case _:
            values = IDS
    return st.sampled_from(values if required else [None, *values])


@cache
def good_records(entity: Entity, *, tidy: bool) -> st.SearchStrategy[dict[str, Any]]:
    """Records without a fault of their own, apart from their ids, which repeat."""
    words = TIDY if tidy else [*TIDY, *UNTIDY]
    fields = fields_of(entity)
    return st.fixed_dictionaries(
        {f.name: _good(f.type, words, required=True) for f in fields if f.required},
        optional={f.name: _good(f.type, words, required=False) for f in fields if not f.required},
    )


@cache
def records(entity: Entity) -> st.SearchStrategy[Any]:
    """Any record: good, with some members replaced by anything, or no object at all."""
    names = st.sampled_from([*(field.name for field in fields_of(entity)), "unknown", "a/b~c"])
    good = good_records(entity, tidy=False)
    spoilt = st.builds(
        lambda good, wrong, missing: {k: v for k, v in {**good, **wrong}.items() if k not in missing},
        good,
        st.dictionaries(names, json_values, max_size=3),
        st.sets(names, max_size=1),
    )
    return good | spoilt | json_values


def _written(value: Any, *, ascii_only: bool, indent: int | None) -> bytes:
    return json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()


BROKEN = [b"{", b"\xff", b"{} {}", b'{"a":\n1}', b"[" * 2_000, b'"\\ud800"', b"NaN"]


@cache
def record_bytes(entity: Entity) -> st.SearchStrategy[bytes]:
    """A record's JSON, or something that is none."""
    written = st.builds(_written, records(entity), ascii_only=st.booleans(), indent=st.none())
    return written | written.map(lambda raw: re.sub(rb"\b1200\b", b"1e999", raw)) | st.sampled_from(BROKEN)


@cache
def clean_bytes(entity: Entity) -> st.SearchStrategy[bytes]:
    """The JSON of a record that the fast path takes, on one line or several."""
    indent = st.sampled_from([None, None, None, 1])
    return st.builds(_written, good_records(entity, tidy=True), ascii_only=st.booleans(), indent=indent)


def bodies_of(entity: Entity, kind: str, record: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """A body of some records, with the separators that scanners use and some that they should not."""
    some = st.lists(record, max_size=5)
    if kind == NDJSON:
        separators = st.sampled_from([b"\n", b"\r\n", b"\n\n", b" \n\t", b"\n\x0c\n", b"\r", b" ", b""])
        return st.builds(lambda raws, ends: b"".join(map(b"".join, zip(raws, ends, strict=False))), some,
                         st.lists(separators, min_size=5, max_size=5))  # fmt: skip
    member = entity.member.encode()
    return some.map(lambda raws: b'{"%s": [%s]}' % (member, b", ".join(raws)))
