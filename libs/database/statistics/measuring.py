"""What a scrape reads of the ledger, to be held against what writers count."""

from psycopg_pool import ConnectionPool

from libs.database.queries import QUERIES
from libs.telemetry.state import Values


def measured(pool: ConnectionPool) -> Values:
    """The last number that the ledger has given out, whatever became of it. Raises psycopg.Error."""
    with pool.connection() as connection:
        row = connection.execute(QUERIES["last_entry"]).fetchone()
    return {"sluice_ledger_entries": {(): row[0] if row else 0}}
