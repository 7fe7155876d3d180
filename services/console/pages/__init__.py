"""The pages: each a resource that reads, and a template that shows."""
