"""Commands about records: sent, and looked at."""
