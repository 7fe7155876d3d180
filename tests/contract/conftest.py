"""Tests here run against real servers."""

from tests.servers import database_url, namespace, postgres, redis_client, store, template, tenant, valkey

__all__ = ["database_url", "namespace", "postgres", "redis_client", "store", "template", "tenant", "valkey"]
