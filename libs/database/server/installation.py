"""The id of an installation, as PostgreSQL holds it: one row for each namespace."""

import uuid

from libs.database.queries import QUERIES
from libs.database.server.session import Connection


def read_installation(connection: Connection, namespace: str) -> uuid.UUID | None:
    """The id; None where no writer of this namespace has been here."""
    row = connection.execute(QUERIES["read_installation"], {"namespace": namespace}).fetchone()
    return row[0] if row else None


def enter_installation(connection: Connection, namespace: str, installation: uuid.UUID) -> uuid.UUID:
    """Have an id in the database: this one, unless another was quicker. Returns the one that is there."""
    connection.execute(QUERIES["enter_installation"], {"namespace": namespace, "installation": installation})
    return read_installation(connection, namespace) or installation


def adopt_installation(connection: Connection, namespace: str, installation: uuid.UUID) -> None:
    """Hold this id from now on, whatever was there; takes the rights of the tables' owner."""
    connection.execute(QUERIES["adopt_installation"], {"namespace": namespace, "installation": installation})
