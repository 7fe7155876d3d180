"""Tells whoever listens outside what has happened, signed as Standard Webhooks has it; never in anybody's way."""
