"""The console: pages on which people watch and mend, and streams of what changes, for people and programs."""
