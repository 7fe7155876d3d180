"""Commands about files: load one, see what is there, agree to mappings."""
