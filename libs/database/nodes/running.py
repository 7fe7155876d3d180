"""Spreads the tables of a database over the nodes of Citus, and says each statement before it is run."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from libs.database.migrations import bounded, migrate, pending
from libs.database.nodes.catalogue import Catalogue, read
from libs.database.nodes.plan import preparing, spreading
from libs.database.server.session import Connection, UnfitDatabaseError, session

Say = Callable[[str], None]
LOCK_KEY = 7236498
"""Advisory lock of whoever spreads the tables, held by a transaction of its own as long as all of it takes."""


def distribute(database_url: str, say: Say) -> None:
    """Prepare the nodes, bring the schema to the newest, and spread its tables; what is done already is left as it is.

    Each statement is by itself: what fails leaves those before it, and the next run goes on. Raises UnfitDatabaseError
    where Citus is missing, before anything is done, or somebody else is at it; and what `migrate` does.
    """
    with _alone(database_url):
        with session(database_url, "migrate") as connection:
            _run(connection, preparing(require_citus(read(connection))), say)
        for name in migrate(database_url):
            say(name)
        with session(database_url, "migrate") as connection:  # a new one, which begins with what has been set
            _run(connection, spreading(read(connection)), say)


def foretell(database_url: str, say: Say) -> None:
    """Say what `distribute` would do, as far as it can be known before missing migrations have run."""
    with session(database_url, "migrate") as connection:
        catalogue = read(connection)
        steps = preparing(catalogue), spreading(catalogue)
        before, after = ([f"{statement};" for statement in each] for each in steps)
        for line in (*before, *pending(connection), *after):
            say(line)


def require_citus(catalogue: Catalogue) -> Catalogue:
    """Raise UnfitDatabaseError, which says how Citus is had, where the database is no coordinator's."""
    if not catalogue.coordinator:
        raise UnfitDatabaseError("CITUS_MISSING", database=catalogue.database)
    return catalogue


@contextmanager
def _alone(database_url: str) -> Iterator[None]:
    """Keep others from doing the same meanwhile: two would each make the staging tables. Raises UnfitDatabaseError."""
    with session(database_url, "migrate") as connection, bounded(connection):
        if connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (LOCK_KEY,)).fetchone() != (True,):
            raise UnfitDatabaseError("DISTRIBUTION_RUNS")
        yield


def _run(connection: Connection, statements: Iterable[str], say: Say) -> None:
    for statement in statements:
        say(f"{statement};")
        with bounded(connection):
            connection.execute(statement.encode())
