"""What became of the records of a job: written ids, rejects, errors."""
