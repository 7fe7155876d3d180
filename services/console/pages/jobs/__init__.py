"""The list of jobs, and what is done with many of them."""
