"""The page of the tenant's organisation."""
