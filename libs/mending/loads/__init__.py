"""What of a file could not be loaded: its errors at their rows, and the rows themselves."""
