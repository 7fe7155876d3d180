"""Fixtures of real servers."""

from tests.servers import postgres, redis_client, template, valkey

__all__ = ["postgres", "redis_client", "template", "valkey"]
