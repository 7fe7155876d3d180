"""The task engine: the store of tasks, their runner, and what a type's function may do. It knows no type."""
