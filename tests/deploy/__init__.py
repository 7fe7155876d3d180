"""What is in `deploy`, checked by the tools and servers that it is for."""
