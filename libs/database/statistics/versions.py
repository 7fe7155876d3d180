"""Where the version of what works has changed: noted by processors, shown beside statistics."""

import datetime
from collections.abc import Collection
from itertools import pairwise

from msgspec import Struct
from psycopg_pool import ConnectionPool

from libs.database.queries import QUERIES

MOST_CHANGES = 100
"""That are read: of more, the last ones."""


class NewVersion(Struct, frozen=True):
    """A version that was at work, and was not before."""

    at: datetime.datetime
    version: str


class VersionNotes:
    """Notes the versions at work of one namespace. Raises psycopg.Error while PostgreSQL is away."""

    def __init__(self, pool: ConnectionPool, namespace: str) -> None:
        self._pool = pool
        self._namespace = namespace

    def note(self, versions: Collection[str]) -> None:
        """Note them, if they are others than were noted last; two who do so at once say the same."""
        values = {"namespace": self._namespace, "versions": sorted(set(versions))}
        with self._pool.connection() as connection:
            connection.execute(QUERIES["note_versions"], values)

    def changes(self, since: datetime.datetime, until: datetime.datetime) -> list[NewVersion]:
        """The versions that came in this time, the first one of all included."""
        values = {"namespace": self._namespace, "since": since, "until": until, "limit": MOST_CHANGES}
        with self._pool.connection() as connection:
            rows = connection.execute(QUERIES["read_versions"], values).fetchall()
        noted = rows if rows and rows[0][0] < since else [(since, []), *rows]
        return [
            NewVersion(at, version)
            for (_, before), (at, versions) in pairwise(noted)
            for version in versions
            if version not in before
        ]
