"""The protocols that files arrive by."""
