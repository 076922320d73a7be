"""Evidence: checking that what is stored is what people signed, all of it, in order."""
