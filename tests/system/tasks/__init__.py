"""Jobs of other types than batches, from outside."""
