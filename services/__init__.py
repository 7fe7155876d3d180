"""The processes of Sluice. None imports another."""
