"""Readers of JSON: a line an object, or a list of objects; both in bounded memory, each bad one a fault of its own."""
