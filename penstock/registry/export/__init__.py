"""Versions of the registry for other systems."""
