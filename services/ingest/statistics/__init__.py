"""What has happened over time, and at a glance: /api/v1/stats."""
