"""Formats of values, and the SQL that parses them."""
