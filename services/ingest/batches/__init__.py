"""Batches: POST /api/v1/tenants/{tenant_id}/batch/{entity} and …/async."""
