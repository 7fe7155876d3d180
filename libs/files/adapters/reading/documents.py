"""Decodes scanners' files into structs that have members for what is wanted, and none for anything else."""

from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from libs.files.adapters.inventory import Inventory
from libs.files.failures import UnreadableError

T = TypeVar("T")
_BOM = b"\xef\xbb\xbf"


def decoded(data: bytes, kind: type[T]) -> T:
    """A whole JSON document. Raises UnreadableError."""
    try:
        return msgspec.json.decode(data.removeprefix(_BOM), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableError("FILE_DAMAGED") from error
    except RecursionError as error:
        raise UnreadableError("FILE_TOO_COMPLEX") from error


def each(parts: list[msgspec.Raw], kind: type[T], inventory: Inventory) -> Iterator[T]:
    """Each finding; one that is not what it should be is counted, and costs no other."""
    decode = msgspec.json.Decoder(kind).decode
    for part in parts:
        try:
            yield decode(part)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            inventory.bad += 1


def elements(data: bytes) -> list[msgspec.Raw]:
    """The elements of a list, the lines of NDJSON, or one object. Raises UnreadableError."""
    text = data.removeprefix(_BOM).lstrip()
    if text.startswith(b"["):
        return decoded(text, list[msgspec.Raw])
    try:
        return [decoded(text, msgspec.Raw)]
    except UnreadableError:
        return [msgspec.Raw(line) for line in text.splitlines() if line.strip()]


def text(value: Any) -> str:
    """Text, or nothing where there is none."""
    return value if isinstance(value, str) else ""
