"""What each type of task does: one module a type, one function over a context."""
