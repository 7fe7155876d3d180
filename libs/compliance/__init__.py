"""What the law asks of an inventory, and how it answers: rules and what they find, what is due when, dossiers."""
