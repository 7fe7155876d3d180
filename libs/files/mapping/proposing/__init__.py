"""Proposes a mapping from a file's headers and first rows."""
