"""Page images: untrusted scans become checked pages, and pages are kept encrypted."""
