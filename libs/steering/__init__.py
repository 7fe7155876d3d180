"""Jobs of every type are cancelled and retried here, whoever asks: the API, a page, or a task about many jobs."""
