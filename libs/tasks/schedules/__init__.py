"""Schedules: what is due, who keeps them, and the tick that opens their jobs exactly once."""
