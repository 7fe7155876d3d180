"""A database of several nodes: Citus, with the tables spread by tenant."""
