"""What a file is: its format, its encoding, its dialect; from its first bytes, never from its name alone."""
