"""What the law asks of an inventory, and what an inventory answers."""
