"""What is said of the system itself: how its stores are, who works, what its backups hold."""
