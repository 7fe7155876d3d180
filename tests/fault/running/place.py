"""Where a system under test is reached from outside."""

import os
from dataclasses import dataclass
from typing import Any

import redis

from libs.jobs.server.connection import primary_address

CHUNK_RECORDS = 20
"""Small, so that a batch of a few dozen records is several chunks."""
SETTINGS = {"SLUICE_CHUNK_RECORDS": str(CHUNK_RECORDS), "SLUICE_WINDOW_CHUNKS": "8", "SLUICE_LOG_LEVEL": "warning"}


@dataclass(frozen=True)
class Place:
    """The addresses of a running system, past all proxies."""

    url: str
    secret: bytes
    database_url: str
    redis_url: str
    namespace: str

    def redis(self) -> Any:
        """A client that gives up soon, of the server that is the primary now."""
        address = primary_address(self.redis_url, self.namespace)
        return redis.Redis.from_url(address, socket_timeout=2, socket_connect_timeout=2, retry=None)


def environment(**settings: str) -> dict[str, str]:
    """Our own, with these settings of the services and no others."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SLUICE_")}
    return inherited | SETTINGS | settings
