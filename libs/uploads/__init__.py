"""Files that people bring: their rows in PostgreSQL and their bytes in a storage, together."""
