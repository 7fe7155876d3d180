"""How an inventory answers the law: rules and what they find, and what is due when."""
