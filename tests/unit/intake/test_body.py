"""A body that waits to be decoded: what it holds, and that it is always what came."""

import hashlib

import pytest

from libs.intake.body import BLOCK_BYTES, PACKED_FROM, Body

PIECE = 48 * 1024 + 7
TEXT = "Quản lý hồ sơ khách hàng; ".encode()


def of(size: int, *, pack: bool) -> Body:
    body, data = Body(), text_of(size)
    for at in range(0, size, PIECE):
        body.add(data[at : at + PIECE], pack=pack)
    return body


def text_of(size: int) -> bytes:
    return (TEXT * (size // len(TEXT) + 1))[:size]


@pytest.mark.parametrize("pack", [True, False])
@pytest.mark.parametrize("size", [0, 10, BLOCK_BYTES + 1, PACKED_FROM, PACKED_FROM + 3 * BLOCK_BYTES + 11])
def test_it_is_what_came(size: int, pack: bool) -> None:
    body, data = of(size, pack=pack), text_of(size)
    digest = hashlib.sha256()
    for block in body:
        digest.update(block)
    assert digest.digest() == hashlib.sha256(data).digest()
    assert (body.size, body.take()) == (size, data)


def test_a_large_one_is_held_packed_where_that_is_asked_for() -> None:
    large = PACKED_FROM + 2 * BLOCK_BYTES
    assert of(large, pack=False).held == large
    assert of(large, pack=True).held < large / 4


def test_a_usual_one_is_kept_as_it_is() -> None:
    usual = PACKED_FROM - BLOCK_BYTES
    assert of(usual, pack=True).held == usual


def test_what_came_while_there_was_room_is_packed_too() -> None:
    body = of(2 * PACKED_FROM, pack=False)
    body.add(text_of(BLOCK_BYTES), pack=True)
    assert body.held < body.size / 4


def test_it_is_let_go_when_it_is_taken() -> None:
    body = of(BLOCK_BYTES + 1, pack=False)
    body.take()
    assert body.take() == b""
