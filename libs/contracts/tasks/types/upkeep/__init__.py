"""Types of tasks that look after what is stored, rather than bring or judge it."""
