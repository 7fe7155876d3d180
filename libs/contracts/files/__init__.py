"""Files, and the mappings that their columns become fields by."""
