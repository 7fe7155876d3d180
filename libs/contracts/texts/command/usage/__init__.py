"""How the `sluice` command is used."""
