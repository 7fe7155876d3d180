"""How Sluice is run: gunicorn's settings and the embedded stack."""
