"""Home: the next piece of work, one key away."""
