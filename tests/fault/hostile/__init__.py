"""Clients that mean harm, or ask for too much."""
