"""What is in a table: one pass over its rows, in memory that does not grow with them, which can be taken up again."""
