"""The schema file as text."""
