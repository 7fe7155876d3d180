"""The audit trail, a chain a tenant."""
