"""NDJSON: an object a row, its members named by the header. Nothing computes it, so cells are as they are."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

AT_ONCE = 1_000


def write(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Some rows; empty cells are left out. Of columns with one name, the last one that has a value counts."""
    encode = msgspec.json.Encoder().encode_lines
    held: list[dict[str, str]] = []
    for row in rows:
        held.append({name: cell for name, cell in zip(header, row, strict=False) if cell})
        if len(held) >= AT_ONCE:
            yield encode(held)
            held = []
    if held:
        yield encode(held)
