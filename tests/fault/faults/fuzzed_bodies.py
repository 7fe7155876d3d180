"""Bad bodies out of good ones. Each follows from a seed and a number, so that one that breaks something comes again.

A body is drawn as JSON or as lines of JSON, with values that no field expects, then its bytes are spoilt: most of them
a little, because what is broken at once everywhere is refused at the first byte.
"""

import gzip
import json
import random
from collections.abc import Callable
from dataclasses import dataclass

import zstandard

from tests.system.samples import KINDS, Json, Kind

DEPTHS = (50, 1_100, 100_000)
"""Deep for a person, deeper than the interpreter's stack, deeper than the machine's."""
ODD_VALUES: tuple[object, ...] = (
    None, True, False, 0, -1, 1201, 2**63, 2**64, -(2**70), 10**400, 0.5, -0.0, 1e308, "", " ", "\t\n", "x" * 5_000,
    "a\0b", "\u0301", "e\u0301", "\u200b", "\ufeff", "\U0001f600", "\u2028", "2024-02-30", "infinity", "now", "VN",
    "vn", "NaN", "00000000-0000-0000-0000-000000000000", "{0190c8de-0000-7000-8000-000000000001}", [], [[]], [None],
    ["x"], {}, {"": ""}, {"name_vi": {"name_vi": {}}}, ["0190c8de-0000-7000-8000-000000000001"] * 3,
)  # fmt: skip
TOKENS = (
    b"\0", b"\x01", b"\x7f", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf",
    b"\xe2\x80\xa8", b"\\u0000", b"\\ud800", b"\\udc00\\ud800", b"\\ud83d\\ude00", b"\\u12", b"\\x41", b"\\", b'"',
    b"'", b",", b":", b"[", b"]", b"{", b"}", b"\n", b"\r\n", b"\r", b"\x0b", b" ", b"NaN", b"-Infinity", b"1e999999",
    b"-0", b"007", b"+1", b".5", b"0x10", b"9" * 25, b"9" * 5_000, b"1" + b"0" * 400 + b".0", b"null", b"tru", b"/* */",
    b'"__proto__":{},', b'"x":1,', b"{}{}", b"[,]",
)  # fmt: skip


@dataclass(frozen=True)
class Body:
    """A body and what it says of itself."""

    kind: Kind
    lines: bool
    """Whether it is meant as NDJSON."""
    encoding: str
    data: bytes


def spoilt(chance: random.Random, data: bytes) -> bytes:
    """The same bytes with one thing wrong."""
    return chance.choice(BYTE_SPOILERS)(chance, data)


def body_of(seed: str, number: int) -> Body:
    """The body with this number."""
    chance = random.Random(f"{seed}/{number}")
    kind, lines = chance.choice(KINDS), chance.random() < 0.4
    data = _written(chance, kind, lines=lines)
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3, 8))):
        data = chance.choice(SPOILERS)(chance, data)
    encoding = chance.choice(("", "", "", "gzip", "zstd"))
    packed = {"": bytes, "gzip": _gzipped, "zstd": _zstandard}[encoding](data)
    while encoding and chance.random() < 0.4:
        packed = spoilt(chance, packed)
    return Body(kind, lines, encoding, packed)


def _written(chance: random.Random, kind: Kind, *, lines: bool) -> bytes:
    """Some records, most of them good, as text."""
    records = [_record(chance, kind) for _ in range(chance.choice((0, 1, 2, 3, 7)))]
    plain = chance.random() < 0.5
    texts = [json.dumps(record, ensure_ascii=plain) for record in records]
    if chance.random() < 0.1 and texts:  # a member twice, which a dictionary cannot hold
        texts[0] = texts[0].replace("{", '{"name_vi": 1, "external_id": null, ', 1)
    whole = "\n".join(texts) if lines else f'{{"{kind.member}": [{", ".join(texts)}]}}'
    return whole.encode()


def _record(chance: random.Random, kind: Kind) -> Json:
    record = chance.choice((kind.sample, kind.full))()
    if chance.random() < 0.3:
        record["external_id"] = f"scan-{chance.randrange(3)}"
    if chance.random() < 0.2:
        record[kind.id_field] = f"0190c8de-0000-7000-8000-{chance.randrange(4):012d}"
    while chance.random() < 0.25:
        members = [*kind.required, *kind.optional, "external_id", kind.id_field, "recipient_ids", "x/~y", ""]
        record[chance.choice(members)] = chance.choice(ODD_VALUES)
    if chance.random() < 0.05:
        record.pop(next(iter(kind.required)), None)
    return record


# How bytes are spoilt.


def _place(chance: random.Random, data: bytes) -> tuple[int, int]:
    """A slice of the data: where it begins and ends."""
    low = chance.randrange(len(data) + 1)
    return low, min(len(data), low + chance.choice((1, 2, 5, 20, 100)))


def _flip(chance: random.Random, data: bytes) -> bytes:
    low, high = _place(chance, data)
    flipped = bytes(byte ^ (1 << chance.randrange(8)) for byte in data[low:high])
    return data[:low] + flipped + data[high:]


def _cut(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _drop(chance: random.Random, data: bytes) -> bytes:
    low, high = _place(chance, data)
    return data[:low] + data[high:]


def _double(chance: random.Random, data: bytes) -> bytes:
    low, high = _place(chance, data)
    return data[:high] + data[low:high] * chance.choice((1, 1, 2, 50)) + data[high:]


def _splice(chance: random.Random, data: bytes) -> bytes:
    """A slice of it at another place."""
    low, high = _place(chance, data)
    at, _ = _place(chance, data)
    return data[:at] + data[low:high] + data[at:]


def _insert(chance: random.Random, data: bytes) -> bytes:
    at, _ = _place(chance, data)
    return data[:at] + chance.choice(TOKENS) + data[at:]


def _replace(chance: random.Random, data: bytes) -> bytes:
    low, high = _place(chance, data)
    return data[:low] + chance.choice(TOKENS) + data[high:]


def _deepen(chance: random.Random, data: bytes) -> bytes:
    """Lists or objects within one another, in the place of a value."""
    depth = chance.choice(DEPTHS)
    opening, closing = chance.choice(((b"[", b"]"), (b'{"a":', b"}")))
    bomb = opening * depth + b"1" + closing * chance.choice((depth, depth, 0))
    at = data.find(b":", chance.randrange(len(data) + 1)) + 1
    return data[:at] + bomb + (data[at:] if chance.random() < 0.5 else b"," + data[at:])


BYTE_SPOILERS: tuple[Callable[[random.Random, bytes], bytes], ...] = (_flip, _cut, _drop, _double, _splice)
SPOILERS = (*BYTE_SPOILERS * 3, *(_insert, _replace) * 6, _deepen)
"""As often as each is to come."""


# How it is compressed.


def _gzipped(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=1, mtime=0)


def _zstandard(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=1, write_checksum=True).compress(data)
