"""The processor service: runs tasks. As many as you need; they know nothing of each other."""
