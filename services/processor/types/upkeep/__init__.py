"""What types of tasks do that look after what is stored."""
