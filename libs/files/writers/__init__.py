"""Writers: records as the bytes of a file, piece by piece. What they write, the readers here read."""
