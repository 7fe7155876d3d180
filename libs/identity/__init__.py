"""Who calls: bearer tokens in, callers and their scopes out; and tokens signed for the local stack."""
