"""Rejected records: what of a file could not be loaded, and how what was rejected is mended and sent again."""
