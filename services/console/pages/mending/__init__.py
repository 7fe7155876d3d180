"""Where rejected records are mended."""
