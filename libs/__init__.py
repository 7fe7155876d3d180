"""What the services share. Layers, lowest first: contracts, settings, telemetry, then the stores."""
