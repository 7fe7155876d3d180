"""The `sluice` command of the client: what people type and see."""
