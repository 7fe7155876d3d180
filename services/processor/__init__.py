"""The processor service: runs tasks, which are jobs of more than one batch."""
