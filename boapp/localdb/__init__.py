"""The local store: one person's encrypted drafts, outbox and page cache on one workstation."""
