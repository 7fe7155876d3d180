"""Mappings: proposed, and checked."""
