"""What the client can ask of the server, by what it is about."""
