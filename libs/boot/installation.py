"""Whether this Redis and this database belong together, and whether what Redis does not know is lost.

Both hold the same random id for a namespace. A Redis with another id is another installation's. A Redis with none,
where the database has one, is either a wrong and new one or has lost everything; nothing in it tells which. Only who
has seen the id there knows: a writer that runs plants it again, anybody else waits for that, or for an operator's word.
"""

import uuid

import redis

from libs.contracts.texts import said
from libs.database.server.installation import enter_installation, read_installation
from libs.database.server.session import Connection
from libs.jobs.server.installation import InstallationKey


class InstallationError(ValueError):
    """Redis and the database do not belong together; the message names what to mend."""

    def __init__(self, text: str, namespace: str) -> None:
        super().__init__(said(text, namespace=namespace))


class UnknownInstallationError(InstallationError):
    """This Redis holds no id, and we have never seen one in it."""


class Installation:
    """The installation of one namespace, as this process knows it."""

    def __init__(self, client: redis.Redis, namespace: str) -> None:
        self._key = InstallationKey(client, namespace)
        self._namespace = namespace
        self._seen = False

    def compare(self, connection: Connection) -> None:
        """Raise InstallationError unless both stores hold the same id, or the database none yet.

        The database is asked first, because its id is entered last.
        """
        stored = read_installation(connection, self._namespace)
        if stored is not None:
            self._require(stored, self._key.read())

    def confirm(self, connection: Connection) -> None:
        """As `compare`, for a writer: it makes the id of a new installation, and plants it again after a loss.

        Only a Redis in which this process has seen the id can have lost it.
        """
        stored = read_installation(connection, self._namespace)
        if stored is None:
            stored = enter_installation(connection, self._namespace, self._key.plant(uuid.uuid4()))
        held = self._key.read()
        if held is None and self._seen:
            held = self._key.plant(stored)
        self._require(stored, held)
        self._seen = True

    def _require(self, stored: uuid.UUID, held: uuid.UUID | None) -> None:
        if held is None:
            raise UnknownInstallationError("INSTALLATION_UNKNOWN", self._namespace)
        if held != stored:
            raise InstallationError("INSTALLATION_DIFFERS", self._namespace)
