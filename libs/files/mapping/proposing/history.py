"""What a tenant has approved before is proposed first: for the same header the whole of it, else name by name."""

import hashlib
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from libs.contracts.files.mappings import ColumnMapping, Mapping, Source
from libs.files.mapping.words import folded


def signature(header: Sequence[str]) -> bytes:
    """What files with the same header share; case and diacritics do not count."""
    return hashlib.sha256(msgspec.json.encode([folded(name) for name in header])).digest()


def again(approved: Mapping, header: Sequence[str], source: Source) -> Mapping:
    """An approved mapping for another file with the same header."""
    columns = [_remembered(replace(column, name=name)) for column, name in zip(approved.columns, header, strict=True)]
    return replace(approved, source=source, columns=columns)


def _remembered(column: ColumnMapping) -> ColumnMapping:
    return replace(column, confidence=1.0, by="history", reason="MAPPED_BY_HISTORY")
