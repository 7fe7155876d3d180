"""A push is split into batches here: pure, in the memory of one batch."""

import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from libs.client.failures import own_error
from libs.contracts.inventory.records import ENTITIES

MAX_BATCH_BYTES = 16 * 1024 * 1024
"""Bytes of NDJSON a batch, well under the 64 MiB that a request may hold."""

MAX_KEY_STEM = 200
_JSON_SPACE = b" \t\r\n"
_LINE_BREAKS = bytes.maketrans(b"\r\n", b"  ")


class Batch(Struct, frozen=True):
    """One request: `count` records from `position` on, counted from 0 in the caller's data."""

    number: int
    position: int
    count: int
    body: bytes
    """NDJSON, a record a line."""


def encode_line(record: dict[str, Any] | bytes | str, position: int) -> bytes:
    """The record as one line without its end; empty if it is blank.

    A text is sent as it is, valid JSON or not; line breaks between its tokens become spaces. Raises SluiceError
    RECORD_NOT_JSON for a dict that holds what JSON has no form for.
    """
    if isinstance(record, str):
        record = record.encode("utf-8", "surrogatepass")
    if isinstance(record, bytes):
        # Blank is what the server takes for blank, so that both count the same lines.
        return record.strip(_JSON_SPACE).translate(_LINE_BREAKS) if record.strip() else b""
    try:
        return _encode(record)
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError):
        # The cause could quote the record.
        raise own_error("RECORD_NOT_JSON", position=position) from None


def _encode(record: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(record)
    except UnicodeEncodeError:
        # A lone surrogate has no UTF-8 form; escaped it arrives, and the server rejects this record alone.
        return json.dumps(msgspec.to_builtins(record)).encode()


def split(
    records: Iterable[dict[str, Any] | bytes | str], *, max_records: int, max_bytes: int = MAX_BATCH_BYTES
) -> Iterator[Batch]:
    """Batches of at most `max_records` records and `max_bytes` bytes; a longer record is a batch of its own.

    Blank lines are skipped and not counted, so positions count the records that are sent. The same records and limits
    always give the same batches, which a key that is used again relies on.
    """
    number = position = size = 0
    lines: list[bytes] = []
    for record in records:
        line = encode_line(record, position + len(lines))
        if not line:
            continue
        if lines and (len(lines) == max_records or size + len(line) + 1 > max_bytes):
            yield Batch(number, position, len(lines), b"\n".join(lines) + b"\n")
            number, position, size, lines = number + 1, position + len(lines), 0, []
        lines.append(line)
        size += len(line) + 1
    if lines:
        yield Batch(number, position, len(lines), b"\n".join(lines) + b"\n")


def records_a_batch(entity: str, wish: int | None) -> int:
    """How many records a batch of this entity holds. Raises ValueError for an unknown entity or a wish below 1."""
    if entity not in ENTITIES:
        raise ValueError(f"unknown entity; known are: {', '.join(ENTITIES)}")
    if wish is not None and wish < 1:
        raise ValueError("batch_records must be 1 or more")
    return min(wish or ENTITIES[entity].max_records, ENTITIES[entity].max_records)


def compressor() -> tuple[str, Callable[[bytes], bytes]]:
    """The Content-Encoding and its function: zstd where the library is installed, else gzip."""
    try:
        import zstandard
    except ImportError:
        # Without a time in it, the same batch compresses to the same bytes.
        return "gzip", lambda body: gzip.compress(body, compresslevel=6, mtime=0)
    return "zstd", zstandard.ZstdCompressor(level=3).compress


def idempotency_key(key: str, number: int) -> str:
    """The Idempotency-Key of a batch: at most 255 printable ASCII characters, whatever the push's key is."""
    readable = re.fullmatch(rf"[!-~]{{1,{MAX_KEY_STEM}}}", key)
    stem = key if readable else hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{stem}/{number}"
