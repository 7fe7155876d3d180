"""What operators see: logs, metrics, health, traces."""
