"""How the commands speak to a terminal."""
