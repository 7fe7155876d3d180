"""Jobs: everything below /api/v1/jobs."""
