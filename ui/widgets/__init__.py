"""Parts of screens. A widget builds, connects and shows; it knows no service."""
