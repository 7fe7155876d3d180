"""The clock by which schedules go, as a test moves it: PostgreSQL's, in one database."""

import datetime

import psycopg

REPLACED = """
ALTER FUNCTION pg_catalog.clock_timestamp() RENAME TO clock_of_the_machine;
-- Else a backup would name a function that no other database has.
ALTER TABLE ingest.versions_at_work ALTER COLUMN at SET DEFAULT now();
CREATE SCHEMA clock;
CREATE TABLE clock.ahead (by interval NOT NULL);
CREATE TABLE clock.look (who text NOT NULL, at timestamptz NOT NULL);
INSERT INTO clock.ahead VALUES ('0');
GRANT USAGE ON SCHEMA clock TO sluice_backup;
GRANT SELECT ON ALL TABLES IN SCHEMA clock TO sluice_backup;
CREATE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE SECURITY DEFINER BEGIN ATOMIC
    INSERT INTO clock.look
    SELECT current_setting('application_name'), pg_catalog.clock_of_the_machine() + by FROM clock.ahead
    RETURNING at;
END;
"""
"""Whoever asks for the time from now on, by this name, is told it so, and noted. Leases go by `now()`, which stays."""


class Clock:
    """The clock of one database, in which no one has a session yet."""

    def __init__(self, database_url: str) -> None:
        self._sql = psycopg.connect(database_url, autocommit=True)
        self._sql.execute(REPLACED)

    def close(self) -> None:
        """Look no more."""
        self._sql.close()

    def move(self, moment: datetime.datetime) -> None:
        """Have it be this moment now."""
        self._sql.execute("UPDATE clock.ahead SET by = %s - pg_catalog.clock_of_the_machine()", [moment])

    def looked(self, since: datetime.datetime) -> set[str]:
        """Who has asked for the time at this moment or after it."""
        return {who for (who,) in self._sql.execute("SELECT DISTINCT who FROM clock.look WHERE at >= %s", [since])}
