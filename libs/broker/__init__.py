"""Dramatiq, as Sluice uses it: a way to wake a writer, never a place where anything is kept."""
