"""Pure data shapes and texts: imports nothing of ours, no server, no client library."""
