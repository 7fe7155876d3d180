"""What changes where there is more of everything: tables in parts, sessions, tenants."""
