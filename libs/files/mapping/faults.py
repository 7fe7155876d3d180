"""One thing that is wrong with a mapping, and where."""

from typing import Any

from msgspec import Struct


class MappingFault(Struct, frozen=True):
    """One thing that is wrong with a mapping."""

    code: str
    """A sentence of `texts/mappings.py`."""
    pointer: str
    """A JSON Pointer into the mapping."""
    params: dict[str, Any] = {}


def escaped(name: str) -> str:
    """A member's name in a JSON Pointer."""
    return name[:100].replace("~", "~0").replace("/", "~1")
