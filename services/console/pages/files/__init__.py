"""Files: brought, looked at, taken home, and on their way to records."""
