"""What the ledgers say of time, short and long."""
