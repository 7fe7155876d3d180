"""/inventory: the records that are stored, found and followed along their links."""
