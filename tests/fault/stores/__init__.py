"""Stores that die, fail over, lose what waits, or are away."""
