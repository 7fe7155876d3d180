"""What operators and tools ask, without a token."""
