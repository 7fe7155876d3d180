"""What runs while something is measured: servers, processes, load."""
