"""Jobs to put into the store, and a look at its keys."""
