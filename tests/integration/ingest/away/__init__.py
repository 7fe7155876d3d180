"""While a store is away."""
