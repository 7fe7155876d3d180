"""The Redis that jobs live in: how it is reached, and what it must promise."""
