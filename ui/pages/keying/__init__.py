"""Keying: the screen of the first and of the second pass."""
