"""What is done to a running system."""
