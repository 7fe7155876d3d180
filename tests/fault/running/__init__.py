"""A system that runs and is loaded while faults come."""
