"""The writer service: takes chunks from Redis and puts them into PostgreSQL. Run as many as you like."""
