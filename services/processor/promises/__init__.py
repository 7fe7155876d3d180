"""Keeps what was promised: publishes what is due, and keeps the leases of what runs."""
