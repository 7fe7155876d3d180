"""Writes one chunk: one PostgreSQL transaction that begins with the ledger."""
