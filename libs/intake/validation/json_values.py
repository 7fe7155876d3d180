"""Reads JSON as plain values, numbers that no machine type holds included."""

import json
from typing import Any

import msgspec

DIGITS_OF_64_BITS = 19


def plain_value(raw: bytes) -> Any:
    """The value; of an integer beyond 64 bits, one that is out of every range that a field has.

    Raises msgspec.DecodeError, ValueError, RecursionError where it is none that could be stored.
    """
    try:
        return msgspec.json.decode(raw)
    except msgspec.ValidationError:
        value = json.loads(raw, parse_int=_bounded, parse_constant=_no_constant)
        # json also takes halves of surrogate pairs, which nothing could store: UnicodeEncodeError.
        json.dumps(value, ensure_ascii=False).encode()
        return value


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _bounded(digits: str) -> int:
    return int(digits) if len(digits) <= DIGITS_OF_64_BITS else 2**64
