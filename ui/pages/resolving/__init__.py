"""Resolving mismatches: an own reading first, then the two readings, then a decision."""
