"""What can be wrong with files: brought, read, mapped and loaded."""
