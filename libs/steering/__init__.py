"""What is done with jobs, tasks and mappings, whoever asks: the API, a page, or a task about many jobs."""
