"""The store beside a model of itself."""
