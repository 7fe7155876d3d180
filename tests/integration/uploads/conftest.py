"""Tests of files that people bring."""

from tests.integration.uploads.shelf import shelf

__all__ = ["shelf"]
