"""Personal data: which kinds there are, and what tells them: the names of columns, and the patterns of values."""
