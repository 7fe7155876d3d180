"""Rules, what they have found, and what is due when: /api/v1/rules, /api/v1/findings and /api/v1/deadlines."""
