"""What an outside checker knows, and how it judges."""
