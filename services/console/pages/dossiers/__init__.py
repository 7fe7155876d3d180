"""/dossiers: files of the inventory, asked for and handed out."""
