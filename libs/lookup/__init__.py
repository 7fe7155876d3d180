"""One job, wherever it lives: Redis while it lives, PostgreSQL for ever after."""
