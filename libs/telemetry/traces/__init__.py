"""Traces: spans that are kept, and what carries them out of the process."""
