"""Where tasks run in tests: servers beside them, files before and after."""
