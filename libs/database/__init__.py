"""PostgreSQL: connections, migrations and every SQL statement that does not depend on an entity."""
