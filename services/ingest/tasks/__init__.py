"""Tasks: POST /api/v1/jobs/{type}. Everything else about them is about jobs of every type."""
