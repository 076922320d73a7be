"""The core of boapp: double-entry keying and verification, without screens."""
