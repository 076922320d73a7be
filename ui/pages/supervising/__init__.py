"""Supervising: the discrepancy report of a project, and what goes out of it."""
