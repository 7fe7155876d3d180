"""What is known of files, and the rules that judge it."""
