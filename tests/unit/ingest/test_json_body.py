"""JSON bodies: what PostgreSQL does not keep, and what is nested too deeply, wherever in them it is."""

from typing import Any

import pytest

from libs.contracts.refusals import Refusal
from libs.depth import DEEPEST
from services.ingest.http.json_body import MisfitError, without_nul


def nested(depth: int, inner: Any) -> Any:
    """Lists in objects in lists, so many in all."""
    for level in range(depth):
        inner = [inner] if level % 2 else {"a": inner}
    return inner


@pytest.mark.parametrize("inner", ["x", "x\0", {"x\0": 1}])
@pytest.mark.parametrize("depth", [DEEPEST + 1, 600, 950, 2_000])
def test_what_is_nested_too_deeply_is_refused(depth: int, inner: Any) -> None:
    with pytest.raises(Refusal, match="MALFORMED_BODY"):
        without_nul(nested(depth, inner))


def test_what_is_nested_as_deeply_as_may_be_is_looked_through() -> None:
    assert without_nul(nested(DEEPEST, "x")) == nested(DEEPEST, "x")
    with pytest.raises(MisfitError) as raised:
        without_nul(nested(DEEPEST, "x\0"))
    assert raised.value.pointer == "/0/a" * (DEEPEST // 2)


@pytest.mark.parametrize(
    ("value", "pointer"),
    [({"a": ["x", {"b": "\0"}]}, "/a/1/b"), ({"a": 1, "b\0": {}}, "/b\ufffd"), ({"a/b": ["\0"]}, "/a~1b/0")],
)
def test_a_nul_is_pointed_at(value: Any, pointer: str) -> None:
    with pytest.raises(MisfitError) as raised:
        without_nul(value)
    assert raised.value.pointer == pointer
