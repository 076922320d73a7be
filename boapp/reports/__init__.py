"""Reports as data; how they look is somebody else's matter."""
