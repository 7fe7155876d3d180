"""Loads, right and wrong."""
