"""Tables in databases, read through a snapshot in files."""
