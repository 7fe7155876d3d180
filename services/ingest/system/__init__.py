"""What concerns no tenant: /api/v1/workers and /api/v1/lanes."""
