"""The whole job through the real windows, by itself: for a machine without a display, and for pictures."""
