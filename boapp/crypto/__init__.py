"""Keys, seals and signatures: a thin layer over the `cryptography` library and the OS keyring."""
