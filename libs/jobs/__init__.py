"""Live jobs in Redis: one Lua script per operation, behind one typed method each."""
