"""Between a database and an archive: taken, tried, compared, brought back."""
