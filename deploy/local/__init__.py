"""The embedded stack: PostgreSQL and Valkey from wheels, ingest and writers, under one supervisor in the foreground."""
