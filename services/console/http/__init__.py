"""What all requests of the console have in common."""
