"""The console as it stands, and whoever visits it."""
