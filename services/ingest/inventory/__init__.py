"""A tenant's records as they are stored: /api/v1/inventory."""
