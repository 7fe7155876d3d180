"""Files against batches, and against what else brings a CSV to PostgreSQL."""
