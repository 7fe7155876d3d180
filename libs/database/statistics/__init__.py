"""Statistics over time: counted from the ledger by processors, read as one tenant."""
