"""The PostgreSQL that everything is stored in: how it is reached, and what it must allow."""
