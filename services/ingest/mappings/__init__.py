"""/api/v1/mappings: looking at mappings, changing, trying and approving them."""
