"""What holds of each tenant by itself, also on several nodes."""
