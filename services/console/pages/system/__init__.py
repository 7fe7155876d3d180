"""/system: who works, which lanes go, what is scheduled, what is allowed, and how the stores are."""
