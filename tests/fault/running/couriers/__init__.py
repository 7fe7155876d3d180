"""Couriers, and the files that they bring."""
