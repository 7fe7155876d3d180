"""Keeps what was promised: delivers chunks, sweeps what is overdue, ends jobs, stores the audit trail."""
