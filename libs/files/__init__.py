"""Files: where they are kept, what they are, how their rows are read and written, and how columns become fields."""
