"""What the `sluice` command says: its help, its progress and its findings."""
