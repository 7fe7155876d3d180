"""Puts records and links into their tables."""
