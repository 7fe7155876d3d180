"""Files: brought to the server, and what becomes of them there."""
