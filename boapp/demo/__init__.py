"""The demonstration: documents that the project draws itself, and the whole job over them."""
