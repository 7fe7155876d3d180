"""The records of an inventory: their shapes, their columns, and how they are read."""
