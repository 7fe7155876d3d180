"""Reports: what has happened in some days, read once as facts, of which all files are drawn."""
