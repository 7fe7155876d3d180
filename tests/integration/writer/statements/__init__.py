"""What a writer asks of PostgreSQL: its schema and its plans."""
