"""What a mapping needs besides a file: advice from outside, if there is any."""
