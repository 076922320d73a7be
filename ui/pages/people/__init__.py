"""People and access: who there is, what each may do and why not, who works in which project."""
