"""Reads a registry in an SQLite file without SQLAlchemy, which takes longer to import than a list to read."""
