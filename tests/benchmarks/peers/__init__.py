"""What Sluice is measured against. Runs in an environment of its own and imports nothing of the product."""
