"""What all calls of the client have in common."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import UUID

from libs.client.connection import Connection

LARGEST_PAGE = 200

T = TypeVar("T")


class Calls:
    """Some of the things that a server can be asked for. Every method raises SluiceError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection


def path_of(collection: str, name: str | UUID, part: str = "") -> str:
    """The path of one thing, or of a part of it; built here, so that a token only ever goes to the server it is for."""
    return f"{collection}/{quote(str(name), safe='')}" + (f"/{part}" if part else "")


def each_of(page: Callable[[dict[str, Any]], tuple[list[T], str | None]], limit: int | None) -> Iterator[T]:
    """What a list holds, at most `limit`; `page` fetches one page by its parameters, with the token of the next."""
    left, token = limit, None
    while left is None or left > 0:
        size = LARGEST_PAGE if left is None else min(left, LARGEST_PAGE)
        found, token = page({"limit": size, "page_token": token})
        yield from found
        left = None if left is None else left - len(found)
        if token is None:
            return
