"""/findings: what rules have found, how each rule went, what is due when, and what people decide."""
