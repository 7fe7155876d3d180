"""Tasks: jobs of more than one batch. One module a type declares its parameters, its result and its stages."""
