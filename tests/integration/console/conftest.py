"""Tests of the console."""

from tests.integration.console.visitors.site import person, scanner, site

__all__ = ["person", "scanner", "site"]
