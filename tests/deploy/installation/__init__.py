"""An installation made of what is in `deploy`, and what tests read of it."""
