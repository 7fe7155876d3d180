"""Pages of records, findings and dossiers."""
