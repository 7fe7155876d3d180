"""Packages: the register, and the dossiers of Decree 356/2025 as far as facts go, as files that people sign and send.

What a package says is gathered once, as a stream of blocks (`content`); each writer makes a file of the same blocks.
"""
