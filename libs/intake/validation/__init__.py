"""From bytes to records and faults."""
