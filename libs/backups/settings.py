"""Where backups go and how they are made: settings of whoever makes them."""

from typing import Annotated

from msgspec import Meta, Struct

from libs.database.server.address import DatabaseUrl

Count = Annotated[int, Meta(ge=1)]


class BackupSettings(Struct, frozen=True, kw_only=True):
    """Each from `SLUICE_<NAME>`."""

    backup_dir: str = ""
    """The folder that holds the backups, a folder each; without it none are made. It is one installation's alone."""
    backup_database_url: DatabaseUrl = ""
    """Who reads the database and makes the one in which a backup is tried: `sluice_backup`, or who may do as much.
    Without it the service's own login is taken."""
    backup_programs: str = ""
    """The folder of pg_dump and pg_restore; without it they are looked for as any program."""
    backup_key_file: str = ""
    """A file with a key of 32 bytes; without it backups are not encrypted."""
    backup_daily: Count = 7
    """For how many of the last days with backups the last one is kept; weeks and months in the same way."""
    backup_weekly: Count = 4
    """The same for weeks."""
    backup_monthly: Count = 12
    """The same for months."""
