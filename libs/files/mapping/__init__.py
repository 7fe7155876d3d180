"""Mappings: which column is which field, and from a cell's text to a field's value."""
