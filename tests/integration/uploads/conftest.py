"""Tests of files that people bring."""

from tests.integration.uploads.service import owner, place
from tests.integration.uploads.shelf import shelf

__all__ = ["owner", "place", "shelf"]
