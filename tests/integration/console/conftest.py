"""Tests of the console."""

from tests.integration.console.site import person, scanner, site

__all__ = ["person", "scanner", "site"]
