"""Mappings: columns become fields, seen as they would come out, changed, approved."""
