"""Scanners, and what they post."""
