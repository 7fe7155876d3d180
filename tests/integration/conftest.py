"""Tests here run against real servers."""

from tests.integration.writer.surroundings import around
from tests.integration.writer.works import works, works_pool
from tests.servers import (
    database_url,
    namespace,
    postgres,
    redis_client,
    store,
    template,
    template_in_parts,
    tenant,
    valkey,
)

__all__ = [
    "around",
    "database_url",
    "namespace",
    "postgres",
    "redis_client",
    "store",
    "template",
    "template_in_parts",
    "tenant",
    "valkey",
    "works",
    "works_pool",
]
