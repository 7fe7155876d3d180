"""Who the tenant is: /api/v1/organisation."""
