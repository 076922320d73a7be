"""Moving work between the local store and the shared database: read, plan, act. See resources/docs/sync.md."""
