"""Loads files: opens them, opens a batch for each of their segments, and sees to it that each ends."""
