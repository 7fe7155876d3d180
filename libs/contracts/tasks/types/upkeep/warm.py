"""A tenant's keys and rows are read into PostgreSQL's cache, before a re-scan that is known of looks for them."""

from typing import Literal

from msgspec import Struct

from libs.contracts.tasks.kinds import Parameters, Stage, TaskKind

Key = Literal["external_id", "id"]


class WarmParameters(Parameters, frozen=True, kw_only=True):
    """Read what an upsert of all that the tenant has would ask for."""


class Warmed(Struct, frozen=True, kw_only=True):
    """How far one kind of record was read, in the order of one of its keys."""

    entity: str
    key: Key
    rows: int
    whole: bool
    """Whether nothing of it was left."""


class WarmResult(Struct, frozen=True, kw_only=True):
    """What was read, and how much of it PostgreSQL has had in its cache (`shared_buffers`)."""

    pages: int
    """Of tables and keys that hold the tenant's records; each of a table counts once."""
    read: int
    """Of them, those that were not in the cache."""
    before: float | None
    """The share that was there before, 0 to 1; 1 where the tenant has nothing. None where the tables lie on other nodes
    than the one that was asked: what those have in their caches it does not say, and each page counts as read."""
    after: float | None
    """The share that was there when all was read."""
    room: int
    """Pages that may be read at most: half of the cache, since other tenants have theirs there."""
    whole: bool
    """Whether all was read; else the room did not suffice, and `keys` says what was left."""
    keys: list[Warmed]


WARM = TaskKind(
    "warm",
    WarmParameters,
    WarmResult,
    (
        Stage("read", 2, "Reading keys and rows into the cache", "Đang đọc khóa và bản ghi vào bộ nhớ đệm"),
        Stage("check", 1, "Looking what is in the cache now", "Đang kiểm tra nội dung bộ nhớ đệm"),
    ),
)
