"""What is read back of jobs, by whom, and how slowly."""
