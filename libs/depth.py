"""How deep what came may be nested: it is walked, kept and written again where less of the stack is left."""

from typing import Any

DEEPEST = 64


def is_too_deep(value: Any, *, left: int = DEEPEST) -> bool:
    """Whether lists and objects, as JSON has them, are within one another more than so often."""
    if isinstance(value, dict):
        return left == 0 or any(is_too_deep(inner, left=left - 1) for inner in value.values())
    if isinstance(value, list):
        return left == 0 or any(is_too_deep(inner, left=left - 1) for inner in value)
    return False
