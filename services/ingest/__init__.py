"""The ingest service: takes batches over HTTP, validates them, and makes them durable in Redis."""
