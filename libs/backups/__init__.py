"""Backups: taken with pg_dump, verified by a restore, kept for a time, and restored. Knows no task and no service."""
