"""Benchmarks: Sluice and its peers, measured side by side on the same real servers. `make bench` runs them."""
