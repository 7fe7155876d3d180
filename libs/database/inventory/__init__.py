"""The inventory, read as one tenant: pages, single records, what they are linked with and where they came from."""
