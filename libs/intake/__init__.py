"""Records in, a durable job out: validate, cut, admit, open. Knows nothing of HTTP."""
