"""The id of an installation, as Redis holds it: `{ns}:installation`."""

import uuid
from typing import Any

import redis

from libs.jobs.keys import Keys


class InstallationKey:
    """Reads and plants the id. Every method raises redis.RedisError while Redis is away."""

    def __init__(self, client: redis.Redis, namespace: str) -> None:
        self.namespace = namespace
        self._client: Any = client
        self._key = Keys(namespace).installation

    def read(self) -> uuid.UUID | None:
        """The id that this Redis holds; None where it is new or has lost everything."""
        raw = self._client.get(self._key)
        return uuid.UUID(raw.decode()) if raw else None

    def plant(self, installation: uuid.UUID) -> uuid.UUID:
        """Have an id in Redis: this one, unless another was quicker. Returns the one that is there."""
        self._client.set(self._key, str(installation), nx=True)
        return self.read() or installation

    def replace(self, installation: uuid.UUID) -> None:
        """Hold this id from now on, whatever was there."""
        self._client.set(self._key, str(installation))
