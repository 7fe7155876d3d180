"""What every request has in common: connections, headers, bodies, refusals, and the description of it all."""
