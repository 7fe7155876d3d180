"""What everyone reads of live jobs."""
