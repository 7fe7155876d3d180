"""Who a person is, for how long, and what that person may do."""
