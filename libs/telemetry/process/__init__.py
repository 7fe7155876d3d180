"""What a process is: its name, its streams, its vital threads, and where a test may end it."""
