"""The sides of a contest: Sluice, the limit, and the peers."""
