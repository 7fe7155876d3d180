"""Fault tests run against real servers; those that share them get a database and a namespace of their own."""

from tests.servers import postgres, template, valkey

__all__ = ["postgres", "template", "valkey"]
