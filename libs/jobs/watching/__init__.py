"""Who works, and what a scrape reads."""
