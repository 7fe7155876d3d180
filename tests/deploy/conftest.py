"""Fixtures of real servers."""

from tests.servers import postgres, redis_client, template, template_in_parts, valkey

__all__ = ["postgres", "redis_client", "template", "template_in_parts", "valkey"]
