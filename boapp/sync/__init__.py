"""Moving work between the local store and the shared database: resources/docs/sync.md says it in prose."""
