"""Import: files become documents of a batch, in the background."""
