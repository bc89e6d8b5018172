"""Tables in files: find, check and read them, and quarantine malformed rows."""
