"""What lies beside a backup and says what is in it: `manifest.json`. It holds names and numbers, no record's value."""

import datetime
import uuid

from msgspec import Struct

MANIFEST = "manifest.json"


class TableSum(Struct, frozen=True):
    """What a table held, whatever the order of its rows."""

    rows: int
    checksum: str
    """The sum of its rows' hashes, as PostgreSQL makes them of a row's text."""


class Manifest(Struct, frozen=True, kw_only=True):
    """A backup that was verified: there is none for any other."""

    format: int = 1
    job_id: uuid.UUID
    taken_at: datetime.datetime
    """The moment that it shows."""
    verified_at: datetime.datetime
    """When a database that was restored from it had been found equal."""
    sluice: str
    """Versions of what made it."""
    postgres: str
    pg_dump: str
    file: str
    """The name of the file beside this one."""
    bytes: int
    sha256: str
    """Of the file as it lies there."""
    encrypted: bool
    migrations: list[str]
    tables: dict[str, TableSum]
    """By schema and name."""

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(table.rows for table in self.tables.values())
