"""What stands between a service and its stores: TLS, passwords that change, poolers, standbys, limits."""
