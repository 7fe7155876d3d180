"""What is said of how an inventory answers the law: rules, what they have found, and what is due when."""
