"""The shared database: what all workstations sync with."""
