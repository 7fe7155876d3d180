"""Pages on which people work: files, mappings, mending, jobs in bulk."""
