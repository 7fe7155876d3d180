"""Rules, dashboards and runbooks as they are in `deploy/` and `docs/`."""
