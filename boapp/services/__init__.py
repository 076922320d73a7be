"""The verbs: one function for each intention, each with its own transaction."""
