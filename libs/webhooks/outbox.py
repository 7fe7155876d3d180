"""What is to be told, as rows: written in the transaction of what they tell of, sent by whoever claims them first.

A row is claimed by moving on when it is due: while it is being sent nobody else takes it, and where its sender dies it
comes again. It is told at least once; its id, which stays, is how a receiver knows a repeat.
"""

import random
import uuid
from typing import Any

from msgspec import Struct
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from libs.database.queries import QUERIES

CLAIMED_S = 60.0
"""Far longer than a delivery takes."""
BACKOFF_S = (5.0, 60.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 57_600.0, 86_400.0, 86_400.0)
"""How long it waits after each failure; after the last one, about three days and a half in all, it is given up."""
JITTER = 0.1
KEPT_DAYS = 7
"""For how long it is known what became of it."""
FORGET_AT_ONCE = 1_000


class Letter(Struct, frozen=True):
    """An event that this process is to send."""

    tenant_id: uuid.UUID
    event_id: uuid.UUID
    body: str
    attempts: int
    """This one included; no other claim has the same."""


class Outbox:
    """Letters of all tenants. Every method raises psycopg.Error while PostgreSQL is away."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def claim(self) -> Letter | None:
        """One that is due, for this process alone."""
        with self._pool.connection() as connection, connection.cursor(row_factory=class_row(Letter)) as cursor:
            return cursor.execute(QUERIES["claim_letter"], {"claimed_s": CLAIMED_S}).fetchone()

    def taken(self, letter: Letter) -> None:
        """It was taken."""
        self._settle(letter, delay_s=None, error=None)

    def failed(self, letter: Letter, error: str) -> bool:
        """It was not taken; False where it is given up."""
        last = letter.attempts > len(BACKOFF_S)
        delay = None if last else BACKOFF_S[letter.attempts - 1] * random.uniform(1, 1 + JITTER)  # noqa: S311 -- no secret
        self._settle(letter, delay_s=delay, error=error)
        return not last

    def waiting(self) -> int:
        """How many have not been taken yet."""
        with self._pool.connection() as connection:
            row = connection.execute(QUERIES["count_letters"]).fetchone()
        assert row is not None
        return int(row[0])

    def forget_old(self) -> None:
        """Have some of those go that nobody asks for any more."""
        with self._pool.connection() as connection:
            connection.execute(QUERIES["forget_letters"], {"days": KEPT_DAYS, "limit": FORGET_AT_ONCE})

    def _settle(self, letter: Letter, *, delay_s: float | None, error: str | None) -> None:
        values: dict[str, Any] = {
            "tenant": letter.tenant_id, "event": letter.event_id, "attempts": letter.attempts, "delay_s": delay_s,
            "error": error,
        }  # fmt: skip
        with self._pool.connection() as connection:
            connection.execute(QUERIES["settle_letter"], values)
