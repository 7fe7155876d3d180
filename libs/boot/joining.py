"""Makes one installation of a Redis and a database, on the word of whoever knows that they belong together."""

import uuid

from libs.boot.installation import Installation, InstallationError
from libs.database.server.installation import adopt_installation
from libs.database.server.session import TO_WRITE, session
from libs.jobs.server.connection import connect
from libs.jobs.server.installation import InstallationKey


def adopt(redis_url: str, database_url: str, namespace: str) -> None:
    """Give both a new id, whatever they held: an older Redis of this database is a wrong one from now on.

    Takes the login that migrates. Raises ValueError, psycopg.Error, redis.RedisError.
    """
    installation = uuid.uuid4()
    with (
        session(database_url, "adopt", **TO_WRITE) as connection,
        connection.transaction(),
        connect(redis_url, namespace=namespace, durable=False) as client,
    ):
        adopt_installation(connection, namespace, installation)
        InstallationKey(client, namespace).replace(installation)


def join(redis_url: str, database_url: str, namespace: str) -> None:
    """Adopt unless they belong together already: for whoever keeps both himself. Raises as `adopt` does."""
    with (
        session(database_url, "join", **TO_WRITE) as connection,
        connect(redis_url, namespace=namespace, durable=False) as client,
    ):
        try:
            Installation(client, namespace).compare(connection)
        except InstallationError:
            adopt(redis_url, database_url, namespace)
