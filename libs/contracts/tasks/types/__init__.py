"""One module a type of task: its parameters, its result and its stages."""
