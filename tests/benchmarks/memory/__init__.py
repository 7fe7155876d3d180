"""Memory: of ingest and writers by what they are sent, and of Redis by the records that wait in it."""
