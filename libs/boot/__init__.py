"""What a service makes sure of before it works: that its stores will do all it asks, and belong together."""
